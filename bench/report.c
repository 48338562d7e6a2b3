/* How long each form of a report takes, at 5,000, 10,000 and 20,000 observations, in seconds of the processor:
 * other work on the machine does not count. What a clock on the wall shows at 10,000 stands beside it; on a machine
 * at rest it is the same.
 *
 * The peer is jansson's own dump of the same report, in the same run: what the bytes alone cost. Every other
 * observation is a service's, half of the cases fail, 40 observations a finding (report/test-report.h). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "report/kind.h"
#include "report/test-report.h"

#define ROUNDS 2
#define SECONDS 2.0
#define PDF_SECONDS 5.0
#define MAX_GROWTH 3.0 /* of the time from 10,000 to 20,000; 2 is linear, 4 quadratic */
#define MEASURABLE 0.25 /* seconds at 20,000, below which a growth says nothing */

static const guint sizes[] = {5000, 10000, 20000};

static double seconds(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double wall_seconds(void) { return (double)g_get_monotonic_time() / G_USEC_PER_SEC; }

static double dump_once(const json_t *report) {
  double begin = seconds();
  char *text = json_dumps(report, JSON_COMPACT | JSON_SORT_KEYS);
  double took = seconds() - begin;
  free(text);
  return took;
}

/* Times of the processor; `wall` gets the other one, where it is less than before. */
static double write_once(const AkReportKind *kind, const json_t *report, gsize *size,
                         double *wall) {
  g_autoptr(GError) error = NULL;
  AkReportOptions options = {.lang = AK_LANG_JA};
  double begin = seconds(), begin_wall = wall_seconds();
  g_autoptr(GBytes) bytes = kind->write(report, &options, &error);
  double took = seconds() - begin;
  *wall = MIN(*wall, wall_seconds() - begin_wall);
  g_assert_no_error(error);
  *size = g_bytes_get_size(bytes);
  return took;
}

/* usage: report-bench [FORMAT]: all, or one of them. */
int main(int argc, char **argv) {
  json_t *reports[G_N_ELEMENTS(sizes)];
  double peer[G_N_ELEMENTS(sizes)], made[G_N_ELEMENTS(sizes)];
  bool slow = false;
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_autoptr(TestRun) run = test_run_new(sizes[i]);
    double begin = seconds();
    reports[i] = test_run_report(run);
    made[i] = seconds() - begin;
    peer[i] = dump_once(reports[i]);
    for (guint round = 1; round < ROUNDS; round++)
      peer[i] = MIN(peer[i], dump_once(reports[i]));
  }
  printf("%-18s %9s %9s %9s %9s  %6s  %9s  %s\n", "", "5,000", "10,000", "20,000", "wall",
         "growth", "bytes", "times the peer");
  printf("%-18s %7.3f s %7.3f s %7.3f s\n", "the report itself", made[0], made[1], made[2]);
  printf("%-18s %7.3f s %7.3f s %7.3f s\n", "peer: json_dumps", peer[0], peer[1], peer[2]);
  for (gsize k = 0; ak_report_kinds[k].name != NULL; k++) {
    const AkReportKind *kind = &ak_report_kinds[k];
    if (argc > 1 && strcmp(argv[1], kind->name) != 0)
      continue;
    double took[G_N_ELEMENTS(sizes)];
    double wall[G_N_ELEMENTS(sizes)] = {G_MAXDOUBLE, G_MAXDOUBLE, G_MAXDOUBLE};
    gsize size[G_N_ELEMENTS(sizes)];
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
      took[i] = write_once(kind, reports[i], &size[i], &wall[i]);
      for (guint round = 1; round < ROUNDS; round++)
        took[i] = MIN(took[i], write_once(kind, reports[i], &size[i], &wall[i]));
    }
    double growth = took[2] / took[1];
    bool bad = took[1] > (kind->binary ? PDF_SECONDS : SECONDS) ||
               (growth > MAX_GROWTH && took[2] > MEASURABLE);
    printf("%-18s %7.3f s %7.3f s %7.3f s %7.3f s  %6.2f  %9" G_GSIZE_FORMAT "  %.1f%s\n",
           kind->name, took[0], took[1], took[2], wall[1], growth, size[1], took[1] / peer[1], bad ? "  TOO SLOW" : "");
    slow = slow || bad;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
    json_decref(reports[i]);
  printf("best of %d rounds; wanted: %.0f s at 10,000 observations, a PDF %.0f s, growth at most %.0f\n",
         ROUNDS, SECONDS, PDF_SECONDS, MAX_GROWTH);
  return slow ? 1 : 0;
}
