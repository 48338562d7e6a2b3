#include "proof/test-log.h"

static void assert_fails(const char *data, gsize size, const AkProofTrust *trust,
                         const char *check) {
  g_auto(AkProofReport) report = {0};
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_proof_bundle_check(data, size, trust, &report, &error));
  g_assert_false(report.holds);
  g_assert_cmpstr(report.failed, ==, check);
  g_assert_nonnull(report.place);
  g_assert_nonnull(report.expected);
  g_assert_nonnull(report.found);
}

/* The bytes of a bundle with this content. */
static char *text_of(const json_t *document, gsize *size) {
  char *text = ak_json_canonical(document, size, NULL);
  text[(*size)++] = '\n';
  return text;
}

/* The document written again after a change, and what then does not hold. */
static void assert_document_fails(json_t *document, const char *check) {
  const AkProofTrust trust = {.key = sample.key};
  gsize size = 0;
  g_autofree char *text = text_of(document, &size);
  assert_fails(text, size, &trust, check);
}

static json_t *sample_document(void) {
  gsize size = 0;
  g_autofree char *text = sample_text(&size);
  return json_loadb(text, size, 0, NULL);
}

static bool lists(const GPtrArray *ids, const char *id) {
  for (guint i = 0; i < ids->len; i++)
    if (strcmp(ids->pdata[i], id) == 0)
      return true;
  return false;
}

static void test_a_complete_bundle_holds(void) {
  gsize size = 0;
  g_autofree char *text = sample_text(&size);
  g_autoptr(GPtrArray) witnesses = g_ptr_array_new();
  g_ptr_array_add(witnesses, sample.witness);
  g_autofree char *old = checkpoint_of(&sample, OLD_SIZE, false);
  const AkProofTrust trust = {.key = sample.key,
                              .witnesses = witnesses,
                              .old_checkpoint = old,
                              .old_checkpoint_size = strlen(old)};
  g_auto(AkProofReport) report = {0};
  g_assert_true(ak_proof_bundle_check(text, size, &trust, &report, NULL));
  g_assert_true(report.holds);
  g_assert_cmpstr(report.product, ==, PRODUCT);
  g_assert_cmpstr(report.run, ==, "run-1");
  g_assert_cmpstr(report.result, ==, "WARNED"); /* a recommendation fails, none is mandatory */
  g_assert_cmpuint(report.records, ==, 4);
  g_assert_cmpuint(report.observations, ==, 1);
  g_assert_cmpuint(report.evidence, ==, 1);
  g_assert_cmpuint(report.tree_size, ==, LEAVES);
  g_assert_true(report.has_old);
  g_assert_cmpuint(report.old_size, ==, OLD_SIZE);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&report.product_digest, hex);
  g_assert_cmpstr(hex, ==, PRODUCT_DIGEST);
  g_assert_cmpuint(report.witnesses->len, ==, 1);
  g_assert_cmpuint(report.without->len, ==, 0); /* there was something to check for each */
  for (guint i = 0; i < report.not_proven->len; i++) {
    const char *id = report.not_proven->pdata[i];
    g_assert_false(strcmp(id, "key") == 0 || strcmp(id, "time") == 0 ||
                   strcmp(id, "rewriting") == 0 || strcmp(id, "evidence") == 0);
  }
}

static void test_what_is_not_proven_is_said(void) {
  gsize size = 0;
  g_autofree char *text = sample_text(&size);
  const AkProofTrust nobody = {0};
  g_auto(AkProofReport) report = {0};
  g_assert_true(ak_proof_bundle_check(text, size, &nobody, &report, NULL));
  g_assert_true(report.holds);
  static const char *const open[] = {"key",   "time",         "rewriting",  "device",
                                     "rules", "completeness", "superseded", "label"};
  for (gsize i = 0; i < G_N_ELEMENTS(open); i++)
    g_assert_true(lists(report.not_proven, open[i]));
  g_assert_false(lists(report.not_proven, "evidence")); /* this bundle carries some */
  g_assert_true(lists(report.without, "old") && !lists(report.held, "old")); /* none was given */
}

static void test_without_evidence_that_is_said(void) {
  static const guint all[] = {PLAN, TLS, VERDICT};
  g_autoptr(GBytes) bytes = write_with(&sample, all, G_N_ELEMENTS(all), NULL, NULL);
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  const AkProofTrust trust = {.key = sample.key};
  g_auto(AkProofReport) report = {0};
  g_assert_true(ak_proof_bundle_check(text, size, &trust, &report, NULL));
  g_assert_true(report.holds);
  g_assert_true(lists(report.not_proven, "evidence"));
  g_assert_true(lists(report.without, "evidence") && !lists(report.held, "evidence"));
}

static void test_same_input_same_bytes(void) {
  g_autoptr(GBytes) a = write_sample();
  g_autoptr(GBytes) b = write_sample();
  g_assert_true(g_bytes_equal(a, b));
}

/* Every byte of the file counts: two different bits of each position. */
static void test_every_changed_byte_fails(void) {
  gsize size = 0;
  g_autofree char *text = sample_text(&size);
  g_assert_true(holds(text, size));
  for (gsize i = 0; i < size; i++)
    for (guint k = 0; k < 2; k++) {
      char bit = (char)(1 << ((i + 3 * k) % 8));
      text[i] ^= bit;
      if (holds(text, size))
        g_error("byte %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " may change: …%.40s…", i, size,
                text + MAX(i, 20) - 20);
      text[i] ^= bit;
    }
}

static void test_truncated_and_appended(void) {
  gsize size = 0;
  g_autofree char *text = sample_text(&size);
  for (gsize cut = 0; cut < size; cut++)
    g_assert_false(holds(text, cut));
  static const char *const tails[] = {"\n", " ", "\t", "{}", "\r\n", "x"};
  for (gsize i = 0; i < G_N_ELEMENTS(tails); i++) {
    g_autofree char *longer = g_strconcat(text, tails[i], NULL);
    g_assert_false(holds(longer, strlen(longer)));
    g_autofree char *before = g_strconcat(tails[i], text, NULL);
    g_assert_false(holds(before, strlen(before)));
  }
  g_assert_false(holds(text, size + 1)); /* the NUL */
}

static void test_other_spellings_fail(void) {
  gsize size = 0;
  g_autofree char *text = sample_text(&size);
  const AkProofTrust trust = {.key = sample.key};
  g_autoptr(json_t) document = sample_document();
  char *indented = json_dumps(document, JSON_INDENT(1) | JSON_SORT_KEYS);
  assert_fails(indented, strlen(indented), &trust, "encoding");
  free(indented);
  /* reordered: the first member moved to the end */
  json_t *checkpoint = json_incref(json_object_get(document, "checkpoint"));
  json_object_del(document, "checkpoint");
  json_object_set_new(document, "checkpoint", checkpoint);
  char *reordered = json_dumps(document, JSON_COMPACT | JSON_PRESERVE_ORDER);
  g_autofree char *line = g_strconcat(reordered, "\n", NULL);
  assert_fails(line, strlen(line), &trust, "encoding");
  free(reordered);
  /* a member twice */
  g_autofree char *twice = g_strconcat("{\"version\":1,", text + 1, NULL);
  g_autoptr(GError) error = NULL;
  AkProofReport report = {0};
  g_assert_false(ak_proof_bundle_check(twice, strlen(twice), &trust, &report, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  /* an escape that JSON allows and canonical form does not */
  char *slash = strstr(text, "example/lab");
  GString *escaped = g_string_new_len(text, slash - text);
  g_string_append(escaped, "example\\/lab");
  g_string_append(escaped, slash + strlen("example/lab"));
  assert_fails(escaped->str, escaped->len, &trust, "encoding");
  g_string_free(escaped, TRUE);
}

static void assert_unreadable(json_t *document, AkErrorCode code) {
  gsize size = 0;
  g_autofree char *text = text_of(document, &size);
  const AkProofTrust trust = {.key = sample.key};
  AkProofReport report = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_proof_bundle_check(text, size, &trust, &report, &error));
  g_assert_error(error, AK_ERROR, (int)code);
}

static void test_other_shapes_are_unreadable(void) {
  g_autoptr(json_t) unknown = sample_document();
  json_object_set_new(unknown, "comment", json_string("hello"));
  assert_unreadable(unknown, AK_ERROR_INVALID_DATA);
  static const char *const members[] = {"checkpoint", "earlier", "envelopes", "evidence", "format",
                                        "log",        "records", "version",   "witnesses"};
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    g_autoptr(json_t) without = sample_document();
    json_object_del(without, members[i]);
    assert_unreadable(without, AK_ERROR_INVALID_DATA);
    g_autoptr(json_t) other = sample_document();
    json_object_set_new(other, members[i], json_null());
    assert_unreadable(other, AK_ERROR_INVALID_DATA);
  }
  g_autoptr(json_t) version = sample_document();
  json_object_set_new(version, "version", json_integer(2));
  assert_unreadable(version, AK_ERROR_NOT_SUPPORTED);
  g_autoptr(json_t) proof = sample_document();
  json_t *nodes = json_object_get(json_array_get(json_object_get(proof, "records"), 0), "proof");
  while (json_array_size(nodes) <= AK_BUNDLE_MAX_PROOF)
    json_array_append(nodes, json_array_get(nodes, 0));
  assert_unreadable(proof, AK_ERROR_LIMIT);
}

/* The size is looked at before any byte is. */
static void test_a_bundle_above_the_limit(void) {
  const AkProofTrust trust = {0};
  AkProofReport report = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(
      ak_proof_bundle_check("{", (gsize)AK_BUNDLE_MAX_BYTES + 1, &trust, &report, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

static json_t *record_at(json_t *document, gsize i) {
  return json_array_get(json_object_get(document, "records"), i);
}

static void test_changed_records_are_not_in_the_log(void) {
  g_autoptr(json_t) changed = sample_document();
  json_t *verdict = record_at(changed, 3);
  g_auto(GStrv) parts =
      g_strsplit(json_string_value(json_object_get(verdict, "record")), "\"verdict\":\"fail\"", 2);
  g_autofree char *text = g_strjoinv("\"verdict\":\"pass\"", parts);
  json_object_set_new(verdict, "record", json_string(text));
  assert_document_fails(changed, "inclusion");

  g_autoptr(json_t) swapped = sample_document(); /* two texts change places */
  json_t *a = json_incref(json_object_get(record_at(swapped, 1), "record"));
  json_object_set(record_at(swapped, 1), "record",
                  json_object_get(record_at(swapped, 2), "record"));
  json_object_set_new(record_at(swapped, 2), "record", a);
  assert_document_fails(swapped, "inclusion");

  g_autoptr(json_t) moved = sample_document(); /* the proof of another index */
  json_object_set(record_at(moved, 1), "proof", json_object_get(record_at(moved, 2), "proof"));
  assert_document_fails(moved, "inclusion");

  g_autoptr(json_t) renumbered = sample_document();
  json_object_set_new(record_at(renumbered, 1), "index", json_integer(IMAGE - 1));
  assert_document_fails(renumbered, "inclusion");

  g_autoptr(json_t) salted = sample_document();
  json_object_set(record_at(salted, 1), "salt", json_object_get(record_at(salted, 2), "salt"));
  assert_document_fails(salted, "inclusion");

  g_autoptr(json_t) order = sample_document();
  json_t *records = json_object_get(order, "records");
  json_array_append(records, json_array_get(records, 0));
  json_array_remove(records, 0);
  assert_unreadable(order, AK_ERROR_INVALID_DATA);
}

static void test_left_out_records(void) {
  static const struct {
    gsize place;
    const char *check;
  } cases[] = {{0, "records"}, {1, "subject"}, {2, "observations"}, {3, "records"}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(json_t) document = sample_document();
    json_array_remove(json_object_get(document, "records"), cases[i].place);
    assert_document_fails(document, cases[i].check);
  }
}

/* The statement in an envelope, for changing. */
static json_t *statement_of(json_t *document, const char *kind) {
  const json_t *envelope = json_object_get(json_object_get(document, "envelopes"), kind);
  g_autoptr(GBytes) payload = ak_base64_decode(
      json_string_value(json_object_get(envelope, "payload")), 1 << 20, "test", NULL);
  return json_loadb(g_bytes_get_data(payload, NULL), g_bytes_get_size(payload), 0, NULL);
}

/* Puts a statement back; signed by the log's own key where `signs`, else under the old signature.
 */
static void put_statement(json_t *document, const char *kind, json_t *statement, bool signs) {
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(statement, &size, NULL);
  json_t *envelopes = json_object_get(document, "envelopes");
  if (signs) {
    g_autofree char *key_id = ak_proof_key_id(sample.key);
    json_object_set_new(envelopes, kind,
                        ak_dsse_sign(AK_DSSE_IN_TOTO, text, size, key_id, sign, &sample, NULL));
  } else {
    g_autofree char *base64 = ak_base64_encode(text, size);
    json_object_set_new(json_object_get(envelopes, kind), "payload", json_string(base64));
  }
}

static json_t *first_verdict(json_t *statement, gsize i) {
  json_t *computed = json_object_get(json_object_get(statement, "predicate"), "verdicts");
  return json_array_get(json_object_get(computed, "verdicts"), i);
}

static void test_a_changed_verdict_fails(void) {
  for (gsize signs = 0; signs < 2; signs++) {
    g_autoptr(json_t) document = sample_document();
    g_autoptr(json_t) statement = statement_of(document, "verdicts");
    json_object_set_new(first_verdict(statement, 2), "verdict", json_string("pass"));
    put_statement(document, "verdicts", statement, signs == 1);
    assert_document_fails(document, signs == 1 ? "verdicts" : "signatures");
  }
}

/* The message names the requirement and both sides. */
static void test_the_first_difference_is_named(void) {
  g_autoptr(json_t) document = sample_document();
  g_autoptr(json_t) statement = statement_of(document, "verdicts");
  json_object_set_new(first_verdict(statement, 2), "verdict", json_string("pass"));
  put_statement(document, "verdicts", statement, true);
  gsize size = 0;
  g_autofree char *text = text_of(document, &size);
  const AkProofTrust trust = {.key = sample.key};
  g_auto(AkProofReport) report = {0};
  g_assert_true(ak_proof_bundle_check(text, size, &trust, &report, NULL));
  g_assert_nonnull(strstr(report.place, "[2, 5.7-1].verdict"));
  g_assert_cmpstr(report.expected, ==, "\"fail\"");
  g_assert_cmpstr(report.found, ==, "\"pass\"");
  g_assert_false(lists(report.held, "verdicts"));
  g_assert_true(lists(report.held, "signatures"));
}

static void test_a_statement_must_follow_from_the_records(void) {
  g_autoptr(json_t) result = sample_document();
  g_autoptr(json_t) tested = statement_of(result, "test_result");
  json_object_set_new(json_object_get(tested, "predicate"), "result", json_string("PASSED"));
  put_statement(result, "test_result", tested, true);
  assert_document_fails(result, "result");

  g_autoptr(json_t) subject = sample_document();
  g_autoptr(json_t) other = statement_of(subject, "verdicts");
  json_t *first = json_array_get(json_object_get(other, "subject"), 0);
  json_object_set_new(json_object_get(first, "digest"), "sha256", json_string(IMAGE_DIGEST));
  put_statement(subject, "verdicts", other, true);
  assert_document_fails(subject, "subject");

  g_autoptr(json_t) names = sample_document(); /* the two statements name different products */
  g_autoptr(json_t) renamed = statement_of(names, "test_result");
  first = json_array_get(json_object_get(renamed, "subject"), 0);
  json_object_set_new(first, "name", json_string("Gateway@1.3"));
  put_statement(names, "test_result", renamed, true);
  assert_document_fails(names, "subject");

  g_autoptr(json_t) more = sample_document();
  g_autoptr(json_t) extended = statement_of(more, "verdicts");
  json_object_set_new(extended, "comment", json_string("certified"));
  put_statement(more, "verdicts", extended, true);
  assert_document_fails(more, "verdicts");

  g_autoptr(json_t) crossed = sample_document(); /* each in the other's place */
  json_t *envelopes = json_object_get(crossed, "envelopes");
  json_t *verdicts = json_incref(json_object_get(envelopes, "verdicts"));
  json_object_set(envelopes, "verdicts", json_object_get(envelopes, "test_result"));
  json_object_set_new(envelopes, "test_result", verdicts);
  assert_document_fails(crossed, "statements");
}

static void test_evidence_must_be_cited(void) {
  g_autoptr(json_t) document = sample_document();
  AkDigest digest = ak_digest_of("other", 5);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  g_autoptr(json_t) evidence = json_pack("[{s:s, s:s}]", "sha256", hex, "data", "b3RoZXI=");
  json_object_set(document, "evidence", evidence);
  assert_document_fails(document, "evidence");
}

static void test_keys(void) {
  gsize size = 0;
  g_autofree char *text = sample_text(&size);
  guint8 seed[32] = {9}, public_key[32], secret[64];
  crypto_sign_seed_keypair(public_key, secret, seed);
  g_autoptr(AkNoteKey) other = ak_note_key_new(ORIGIN, AK_NOTE_KEY_ED25519, public_key, NULL);
  const AkProofTrust wrong = {.key = other};
  assert_fails(text, size, &wrong, "key");
  g_autoptr(json_t) exchanged = sample_document();
  g_autofree char *other_text = ak_note_key_format(other);
  json_object_set_new(json_object_get(exchanged, "log"), "key", json_string(other_text));
  gsize changed = 0;
  g_autofree char *bytes = ak_json_canonical(exchanged, &changed, NULL);
  bytes[changed] = '\n';
  const AkProofTrust nobody = {0};
  assert_fails(bytes, changed + 1, &nobody, "checkpoint");
}

static void test_witnesses(void) {
  g_autoptr(json_t) silent = sample_document(); /* a line that no key explains */
  json_object_set_new(silent, "witnesses", json_array());
  assert_document_fails(silent, "witnesses");
  g_autoptr(json_t) more = sample_document(); /* a key without a line */
  json_t *keys = json_object_get(more, "witnesses");
  json_array_append(keys, json_array_get(keys, 0));
  assert_document_fails(more, "witnesses");
  g_autoptr(json_t) unsigned_one = sample_document();
  g_autofree char *checkpoint = checkpoint_of(&sample, LEAVES, false);
  json_object_set_new(unsigned_one, "checkpoint", json_string(checkpoint));
  assert_document_fails(unsigned_one, "witnesses");
  json_object_set_new(unsigned_one, "witnesses", json_array());
  gsize size = 0; /* that every cosignature of none holds would be the vacuous truth */
  g_autofree char *text = text_of(unsigned_one, &size);
  const AkProofTrust trust = {.key = sample.key};
  g_auto(AkProofReport) report = {0};
  g_assert_true(ak_proof_bundle_check(text, size, &trust, &report, NULL) && report.holds);
  g_assert_true(lists(report.without, "witnesses") && !lists(report.held, "witnesses"));
}

static AkProofTrust with_old(const char *old) {
  return (AkProofTrust){
      .key = sample.key, .old_checkpoint = old, .old_checkpoint_size = strlen(old)};
}

static void test_old_checkpoints(void) {
  gsize size = 0;
  g_autofree char *text = sample_text(&size);
  g_autofree char *same = checkpoint_of(&sample, LEAVES, false);
  AkProofTrust trust = with_old(same);
  g_auto(AkProofReport) report = {0};
  g_assert_true(ak_proof_bundle_check(text, size, &trust, &report, NULL));
  g_assert_true(report.holds);
  g_assert_false(lists(report.not_proven, "rewriting"));
  g_autofree char *between = checkpoint_of(&sample, OLD_SIZE + 1, false); /* no proof inside */
  trust = with_old(between);
  assert_fails(text, size, &trust, "old");
  g_autoptr(GError) error = NULL;
  AkProofReport none = {0};
  trust = with_old("no note");
  g_assert_false(ak_proof_bundle_check(text, size, &trust, &none, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

/* The log wrote its past anew: what the reader kept does not fit, though all signatures hold. */
static void test_a_rewritten_log_is_found(void) {
  static const guint sizes[] = {OLD_SIZE, LEAVES};
  gsize size = 0;
  g_autofree char *text = sample_text(&size);
  AkDigest kept = sample.leaves[0];
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    sample.leaves[0].bytes[0] ^= 1;
    g_autofree char *old = checkpoint_of(&sample, sizes[i], false);
    sample.leaves[0] = kept;
    AkProofTrust trust = with_old(old);
    assert_fails(text, size, &trust, "old");
  }
  g_autoptr(json_t) document = sample_document();
  json_t *nodes = json_object_get(json_array_get(json_object_get(document, "earlier"), 0), "proof");
  json_array_remove(nodes, 0);
  assert_document_fails(document, "earlier");
}

static void test_an_old_checkpoint_newer_than_the_bundle(void) {
  gsize size = 0;
  g_autofree char *text = sample_text(&size);
  guint8 signature[64];
  AkDigest root = {{0}};
  g_autofree char *body = ak_checkpoint_format(ORIGIN, LEAVES + 1, &root, NULL);
  g_autoptr(AkNote) note = ak_note_new(body, NULL);
  crypto_sign_detached(signature, NULL, (const guint8 *)body, strlen(body), sample.secret);
  ak_note_add_signature(note, sample.key, signature);
  g_autofree char *newer = ak_note_format(note);
  AkProofTrust trust = with_old(newer);
  assert_fails(text, size, &trust, "old");
}

/* Writing refuses what would not hold: a verdict without the observation that it cites, and a run
 * of another product beside. */
static void test_writing_refuses(void) {
  static const guint uncited[] = {PLAN, UNCITED, VERDICT};
  g_autoptr(GError) cited = NULL, planned = NULL;
  g_assert_null(write_with(&sample, uncited, G_N_ELEMENTS(uncited), NULL, &cited));
  g_assert_error(cited, AK_ERROR, AK_ERROR_INTERNAL);
  g_assert_nonnull(strstr(cited->message, "observations"));
  static const guint planless[] = {TLS, VERDICT};
  g_assert_null(write_with(&sample, planless, G_N_ELEMENTS(planless), NULL, &planned));
  g_assert_error(planned, AK_ERROR, AK_ERROR_INVALID_DATA);
}

/* Cases and findings cite; a text of the same name, or a number, is no silent pass. */
static void test_citations(void) {
  g_autoptr(json_t) verdicts = json_pack(
      "{s:[{s:[{s:[s,s]},{s:[s]}]}],s:[{s:[s]}],s:{s:s}}", "verdicts", "cases", "observations", "b",
      "a", "observations", "b", "findings", "observations", "c", "summary", "observations", "text");
  g_auto(GStrv) texts = ak_citations_of(verdicts);
  g_autofree char *joined = g_strjoinv(" ", texts);
  g_assert_cmpstr(joined, ==, "a b c");
  g_autoptr(json_t) odd = json_pack("{s:[i]}", "observations", 1);
  g_auto(GStrv) none = ak_citations_of(odd);
  g_assert_cmpuint(g_strv_length(none), ==, 1);
  g_assert_cmpstr(none[0], ==, "");
}

/* A log in which `change` replaced records before it was hashed. */
static void assert_log_fails(void (*change)(Log *log), const guint *indices, gsize count,
                             const char *check) {
  Log log = {.key = NULL};
  make_log(&log);
  change(&log);
  hash_leaves(&log);
  g_autoptr(GError) error = NULL;
  g_assert_null(write_with(&log, indices, count, NULL, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INTERNAL);
  g_assert_nonnull(strstr(error->message, check));
  clear_log(&log);
}

static void observe_after_verdict(Log *log) {
  char *text = log->texts[TLS]; /* the verdict came first */
  log->texts[TLS] = log->texts[VERDICT];
  log->texts[VERDICT] = text;
}

static void borrow_from_another_product(Log *log) {
  char identity[AK_DIGEST_HEX_SIZE];
  g_free(log->texts[PLAN + 1]);
  log->texts[PLAN + 1] = plan_record("run-0", RULES_DIGEST);
  g_free(log->texts[TLS]);
  log->texts[TLS] = observation_record("run-0", "service", "tcp:127.0.1.10:443", "tls.offered",
                                       ak_value_bool(true), identity);
}

static void plan_another_name(Log *log) {
  g_autoptr(json_t) plan = json_loads(log->texts[PLAN], 0, NULL);
  json_object_set_new(plan, "product_name", json_string("Gateway"));
  json_object_set_new(plan, "product_version", json_string("2.0"));
  g_free(log->texts[PLAN]);
  log->texts[PLAN] = ak_json_canonical(plan, NULL, NULL);
}

/* The plan's name stands in the statements, whatever the exporter says. */
static void test_the_plan_names_the_product(void) {
  static const guint all[] = {PLAN, TLS, VERDICT};
  Log log = {.key = NULL};
  make_log(&log);
  plan_another_name(&log);
  hash_leaves(&log);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = write_with(&log, all, G_N_ELEMENTS(all), NULL, &error);
  g_assert_no_error(error);
  g_autoptr(json_t) document =
      json_loadb(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), 0, NULL);
  g_autoptr(json_t) statement = statement_of(document, "verdicts");
  g_assert_cmpstr(ak_statement_product(statement), ==, "Gateway@2.0");
  json_object_set_new(json_array_get(json_object_get(statement, "subject"), 0), "name",
                      json_string(PRODUCT));
  put_statement(document, "verdicts", statement, true); /* the same key signs in each log */
  assert_document_fails(document, "subject");
  clear_log(&log);
}

static void test_dishonest_logs(void) {
  static const guint all[] = {PLAN, TLS, VERDICT};
  assert_log_fails(observe_after_verdict, all, G_N_ELEMENTS(all), "observations");
  static const guint both[] = {PLAN, PLAN + 1, TLS, VERDICT};
  assert_log_fails(borrow_from_another_product, both, G_N_ELEMENTS(both), "observations");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  make_log(&sample);
  g_test_add_func("/bundle/holds", test_a_complete_bundle_holds);
  g_test_add_func("/bundle/not-proven", test_what_is_not_proven_is_said);
  g_test_add_func("/bundle/no-evidence", test_without_evidence_that_is_said);
  g_test_add_func("/bundle/same-bytes", test_same_input_same_bytes);
  g_test_add_func("/bundle/every-byte", test_every_changed_byte_fails);
  g_test_add_func("/bundle/truncated", test_truncated_and_appended);
  g_test_add_func("/bundle/spellings", test_other_spellings_fail);
  g_test_add_func("/bundle/shapes", test_other_shapes_are_unreadable);
  g_test_add_func("/bundle/above-limit", test_a_bundle_above_the_limit);
  g_test_add_func("/bundle/changed-records", test_changed_records_are_not_in_the_log);
  g_test_add_func("/bundle/left-out", test_left_out_records);
  g_test_add_func("/bundle/changed-verdict", test_a_changed_verdict_fails);
  g_test_add_func("/bundle/difference", test_the_first_difference_is_named);
  g_test_add_func("/bundle/statements", test_a_statement_must_follow_from_the_records);
  g_test_add_func("/bundle/evidence", test_evidence_must_be_cited);
  g_test_add_func("/bundle/keys", test_keys);
  g_test_add_func("/bundle/witnesses", test_witnesses);
  g_test_add_func("/bundle/old", test_old_checkpoints);
  g_test_add_func("/bundle/rewritten", test_a_rewritten_log_is_found);
  g_test_add_func("/bundle/newer", test_an_old_checkpoint_newer_than_the_bundle);
  g_test_add_func("/bundle/writing", test_writing_refuses);
  g_test_add_func("/bundle/citations", test_citations);
  g_test_add_func("/bundle/planned-name", test_the_plan_names_the_product);
  g_test_add_func("/bundle/dishonest", test_dishonest_logs);
  int result = g_test_run();
  clear_log(&sample);
  return result;
}
