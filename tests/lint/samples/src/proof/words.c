#include "util/error.h"

const char *const a = "SELECT id FROM runs"; /* wants sql */
const char *const b = "insert into runs values (?)"; /* wants sql */
const char *const c = "UPDATE runs SET a = ?"; /* wants sql */
const char *const d = "  DELETE FROM runs"; /* wants sql */
const char *const e = "CREATE UNIQUE INDEX i ON runs (a)"; /* wants sql */
const char *const f = "BEGIN IMMEDIATE"; /* wants sql */
const char *const g = "PRAGMA journal_mode=WAL"; /* wants sql */
const char *const h = "-----BEGIN CERTIFICATE-----";
const char *const i = "select a requirement";
const char *const k = "select id from runs"; /* wants sql */
const char *const l = "SELECT id, "; /* wants sql */
const char *const j = "the update is signed; \"delete from\" is no statement here";
/* "SELECT id FROM runs" in a comment is none */

static void ends(int status) {
  exit(status); /* wants leave */
  g_error("no"); /* wants leave */
  _exit(status);
  on_exit (status);
  /* exit(1) */
  puts("exit(1)");
}

static unsigned reads(const guint8 *bytes, GPtrArray *list, gpointer data) {
  guint32 a1 = *(guint32 *)bytes; /* wants wide-cast */
  guint16 b1 = *(const guint16 *)(bytes + 2); /* wants wide-cast */
  uint64_t c1 = *(uint64_t*)bytes; /* wants wide-cast */
  unsigned int d1 = *(unsigned int *)bytes; /* wants wide-cast */
  const guint8 *e1 = (const guint8 *)data;
  AkThing *f1 = (AkThing *)list->pdata[0];
  bool (*g1)(guint32 *) = NULL;
  return a1;
}

static void calls(char *out, const char *in) {
  strcpy(out, in); /* wants banned */
  sprintf(out, "%s", in); /* wants banned */
  g_snprintf(out, 3, "%s", in);
  my->system(in);
  system(in); /* wants banned */
  int n = atoi(in); /* wants banned */
  if (n > 0)
    goto out; /* wants banned */
out:
  g_strtok(in);
}

void checked(const char *a) __attribute__((nonnull(1))); /* wants banned */
