/* Verdicts of a device with every port open, against ten times the work of a tenth of the ports:
 * what is linear has the ratio 1. Once with every service looked at, once with none (so that all is
 * missing).
 *
 * usage: verdict-bench [PORTS]; prints times and the ratio, the median of three rounds; status 1
 * above the aim. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "verify/verdict/world.h"

#define ADDRESS "127.0.0.9"
#define ALL 65535
#define ROUNDS 3
#define AIM 1.5

/* What a run sees of an undeclared service that speaks neither TLS nor HTTP. */
static void see_service(World *w, guint port, bool looked) {
  static const char *const absent[][2] = {
      {"probe.tls", "tls.offered"},
      {"probe.http", "http.offered"},
      {"probe.http", "http.server"},
      {"probe.http", "http.admin.open"},
      {"probe.http", "http.default-credential"},
      {"probe.http", "http.plain-login"},
  };
  g_autofree char *locator = ak_service_locator("tcp", ADDRESS, (guint16)port);
  world_add(w, 1, "probe.discover", "service", locator, "net.port.open", AK_OUTCOME_SEEN,
            ak_value_bool(true));
  for (gsize i = 0; looked && i < G_N_ELEMENTS(absent); i++)
    world_add(w, 1, absent[i][0], "service", locator, absent[i][1], AK_OUTCOME_ABSENT,
              (AkValue){0});
  if (!looked)
    return;
  world_ended(w, "probe.tls", "service", locator, "done", 1);
  world_ended(w, "probe.http", "service", locator, "done", 1);
  world_add(w, 1, "probe.tls", "service", locator, "tls.coverage", AK_OUTCOME_SEEN,
            world_set("versions,ciphers,certificate"));
  world_add(w, 1, "probe.http", "service", locator, "http.coverage", AK_OUTCOME_SEEN,
            world_set("banner,auth,default-credential"));
}

static World *device_with(guint ports, bool looked) {
  g_autoptr(GError) error = NULL;
  AkCatalog *catalog = ak_catalog_load("en303645", NULL, &error);
  g_assert_no_error(error);
  World *w = world_new(catalog);
  world_interface(w, ADDRESS);
  world_ended(w, "probe.discover", "address", ADDRESS, "done", 1);
  world_see(w, "probe.discover", "address", ADDRESS, "net.coverage", world_set("tcp4:1-65535"));
  world_absent(w, "probe.discover", "address", ADDRESS, "net.port.unknown");
  for (guint port = 1; port <= ports; port++)
    see_service(w, port, looked);
  return w;
}

static double seconds_for(World *w, guint times) {
  clock_t begin = clock(); /* of the processor: other work on the machine does not count */
  for (guint i = 0; i < times; i++)
    world_judge(w);
  return (double)(clock() - begin) / CLOCKS_PER_SEC;
}

static int compare_doubles(gconstpointer a, gconstpointer b) {
  double one = *(const double *)a, other = *(const double *)b;
  return one < other ? -1 : one > other;
}

static double ratio_for(guint ports, bool looked) {
  g_autoptr(World) all = device_with(ports, looked);
  g_autoptr(World) tenth = device_with(ports / 10, looked);
  double ratios[ROUNDS];
  for (guint i = 0; i < ROUNDS; i++) {
    double parts = seconds_for(tenth, 10), whole = seconds_for(all, 1);
    ratios[i] = whole / parts;
    printf("%s %u: %u open ports %.2f s (%.1f us a port), 10 times %u %.2f s, ratio %.2f\n",
           looked ? "looked at" : "not looked at", i + 1, ports, whole, whole * 1e6 / ports,
           ports / 10, parts, ratios[i]);
    fflush(stdout);
  }
  qsort(ratios, ROUNDS, sizeof ratios[0], compare_doubles);
  return ratios[ROUNDS / 2];
}

int main(int argc, char **argv) {
  guint ports = argc > 1 ? (guint)CLAMP(g_ascii_strtoull(argv[1], NULL, 10), 10, ALL) : ALL;
  double looked = ratio_for(ports, true), missing = ratio_for(ports, false);
  double ratio = MAX(looked, missing);
  printf("ratio %.2f (wanted at most %.1f)\n", ratio, AIM);
  return ratio <= AIM ? 0 : 1;
}
