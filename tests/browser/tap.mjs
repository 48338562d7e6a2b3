// A test's output in the Test Anything Protocol, as tests/lab/tap.py.
export class Tap {
  count = 0;
  failed = 0;

  // `problems` is a list of sentences: the check holds where there is none.
  none(name, problems) {
    this.count += 1;
    this.failed += problems.length > 0 ? 1 : 0;
    console.log(`${problems.length === 0 ? 'ok' : 'not ok'} ${this.count} - ${name.replace(/\s+/g, ' ').replace(/#/g, '\\#')}`);
    for (const line of problems.slice(0, 40).join('\n').split('\n'))
      if (problems.length > 0) console.log(`# ${line}`);
    return problems.length === 0;
  }

  ok(name, holds, detail = 'it does not hold') {
    return this.none(name, holds ? [] : [String(detail)]);
  }

  equal(name, found, wanted) {
    const [left, right] = [found, wanted].map((value) => JSON.stringify(value));
    return this.none(name, left === right ? [] : [`found  ${left}`, `wanted ${right}`]);
  }

  // Prints the plan; returns the exit status.
  done() {
    console.log(`1..${this.count}`);
    return this.failed > 0 || this.count === 0 ? 1 : 0;
  }
}
