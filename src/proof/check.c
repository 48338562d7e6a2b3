#include "proof/check.h"

#include <string.h>

#include "proof/bundle-facts.h"
#include "proof/citations.h"
#include "proof/json-difference.h"

/* What a check sees; later checks use what earlier ones opened. */
typedef struct {
  const char *data; /* the file */
  gsize size;       /* bytes */
  const AkBundle *bundle;
  const AkProofTrust *trust;
  const AkNote *old_note; /* of trust->old_checkpoint, or NULL */
  AkProofReport *report;
  AkNoteKey *key;
  AkNote *note;
  AkCheckpoint *checkpoint;
  AkBundleFacts *facts;
  json_t *statements[AK_STATEMENT_KIND_COUNT]; /* as signed */
  json_t *wanted[AK_STATEMENT_KIND_COUNT];     /* as they follow from the records */
} Context;

/* Says what does not hold; always false. */
static bool fails(Context *self, const char *place, const char *expected, const char *found) {
  self->report->place = g_strdup(place);
  self->report->expected = g_strdup(expected);
  self->report->found = g_strdup(found);
  return false;
}

/* As above with an error of the part that looked; takes it over. */
static bool fails_with(Context *self, const char *place, const char *expected, GError *error) {
  fails(self, place, expected, error->message);
  g_error_free(error);
  return false;
}

static bool check_encoding(Context *self) {
  gsize size = 0;
  GError *error = NULL;
  g_autofree char *text = ak_json_canonical(self->bundle->document, &size, &error);
  if (text == NULL)
    return fails_with(self, "bundle", "canonical JSON", error);
  text[size++] = '\n'; /* in the place of the NUL; only compared by length below */
  gsize at = 0, both = MIN(size, self->size);
  while (at < both && text[at] == self->data[at])
    at++;
  if (at == size && at == self->size)
    return true;
  g_autofree char *place = g_strdup_printf("bundle, byte %" G_GSIZE_FORMAT, at);
  return fails(self, place, "the one canonical spelling, then one newline", "other bytes");
}

static bool check_key(Context *self) {
  GError *error = NULL;
  self->key = ak_note_key_parse(self->bundle->key, &error);
  if (self->key == NULL)
    return fails_with(self, "log.key", "a verifier key", error);
  if (self->key->type != AK_NOTE_KEY_ED25519)
    return fails(self, "log.key", "an Ed25519 key (type 1)", "a witness's key");
  if (strcmp(self->key->name, self->bundle->origin) != 0)
    return fails(self, "log.origin", self->key->name, self->bundle->origin);
  if (self->trust->key == NULL || ak_note_key_equal(self->trust->key, self->key))
    return true;
  g_autofree char *trusted = ak_note_key_format(self->trust->key);
  return fails(self, "log.key", trusted, self->bundle->key);
}

static bool check_checkpoint(Context *self) {
  GError *error = NULL;
  self->checkpoint = ak_checkpoint_open(self->bundle->checkpoint, strlen(self->bundle->checkpoint),
                                        self->key, &self->note, &error);
  if (self->checkpoint == NULL)
    return fails_with(self, "checkpoint", "signed by the log's key", error);
  self->report->tree_size = self->checkpoint->size;
  self->report->root = self->checkpoint->root;
  return true;
}

static bool is_trusted(const AkProofTrust *trust, const AkNoteKey *key) {
  for (guint i = 0; trust->witnesses != NULL && i < trust->witnesses->len; i++)
    if (ak_note_key_equal(trust->witnesses->pdata[i], key))
      return true;
  return false;
}

static bool check_witness(Context *self, guint i) {
  g_autofree char *place = g_strdup_printf("witnesses[%u]", i);
  GError *error = NULL;
  g_autoptr(AkNoteKey) key = ak_note_key_parse(self->bundle->witnesses[i], &error);
  if (key == NULL)
    return fails_with(self, place, "a verifier key", error);
  if (key->type != AK_NOTE_KEY_COSIGNATURE)
    return fails(self, place, "a witness's key (type 4)", "another type");
  /* each key has its own line, in the lines' order after the log's own */
  const AkNoteSignature *line = self->note->signatures->pdata[i + 1];
  if (ak_note_find(self->note, key) != line)
    return fails(self, place, "the key of the checkpoint's next signature line", key->name);
  guint64 time_s = 0;
  if (!ak_note_verify(self->note, key, &time_s, &error))
    return fails_with(self, place, "a cosignature that holds", error);
  AkProofWitness *witness = g_new0(AkProofWitness, 1);
  witness->name = g_strdup(key->name);
  witness->time_s = time_s;
  witness->trusted = is_trusted(self->trust, key);
  g_ptr_array_add(self->report->witnesses, witness);
  return true;
}

/* A line that no key explains could be changed unseen, so a bundle holds none. */
static bool check_witnesses(Context *self) {
  guint lines = self->note->signatures->len, keys = g_strv_length(self->bundle->witnesses);
  if (ak_note_find(self->note, self->key) != self->note->signatures->pdata[0])
    return fails(self, "checkpoint", "the log's signature on the first line", "another line");
  if (lines != keys + 1) {
    g_autofree char *expected = g_strdup_printf("%u witness keys, one a signature line", lines - 1);
    g_autofree char *found = g_strdup_printf("%u", keys);
    return fails(self, "witnesses", expected, found);
  }
  for (guint i = 0; i < keys; i++)
    if (!check_witness(self, i))
      return false;
  return true;
}

static bool check_inclusion(Context *self) {
  for (guint i = 0; i < self->bundle->records->len; i++) {
    const AkBundleRecord *record = self->bundle->records->pdata[i];
    AkDigest commitment = ak_merkle_commitment(record->salt, record->text, strlen(record->text));
    AkDigest leaf = ak_merkle_leaf(commitment.bytes, AK_DIGEST_SIZE);
    GError *error = NULL;
    if (!ak_merkle_check_inclusion(&leaf, record->index, self->checkpoint->size, record->proof,
                                   &self->checkpoint->root, &error)) {
      g_autofree char *place =
          g_strdup_printf("records[%u], index %" G_GUINT64_FORMAT, i, record->index);
      return fails_with(self, place, "in the tree under the checkpoint", error);
    }
  }
  self->report->records = self->bundle->records->len;
  return true;
}

static bool check_records(Context *self) {
  GError *error = NULL;
  g_autofree char *place = NULL;
  self->facts = ak_bundle_facts_new(self->bundle->records, &place, &error);
  if (self->facts == NULL)
    return fails_with(self, place, "records of planned runs with a verdict", error);
  const json_t *verdict = self->facts->jsons->pdata[self->facts->verdict];
  self->report->run = g_strdup(json_string_value(json_object_get(verdict, "run")));
  return true;
}

static bool check_signatures(Context *self) {
  g_autofree char *key_id = ak_proof_key_id(self->key);
  for (gsize i = 0; i < AK_STATEMENT_KIND_COUNT; i++) {
    const AkDsse *envelope = self->bundle->envelopes[i];
    g_autofree char *place =
        g_strdup_printf("envelopes.%s", ak_statement_kind_name((AkStatementKind)i));
    if (envelope->signatures->len != 1) /* a second one could be changed unseen */
      return fails(self, place, "one signature, the log's", "more");
    GError *error = NULL;
    if (!ak_dsse_verify(envelope, key_id, self->key->public_key, &error))
      return fails_with(self, place, "signed by the log's key", error);
  }
  return true;
}

static bool build_wanted(Context *self, GError **error) {
  const char *product = ak_statement_product(self->statements[AK_STATEMENT_KIND_VERDICTS]);
  AkStatementInput input = ak_bundle_facts_statement(self->facts, self->bundle->records, product);
  for (gsize i = 0; i < AK_STATEMENT_KIND_COUNT; i++) {
    self->wanted[i] = ak_statement_build((AkStatementKind)i, &input, error);
    if (self->wanted[i] == NULL)
      return false;
  }
  self->report->product = g_strdup(product);
  return true;
}

static bool check_statements(Context *self) {
  GError *error = NULL;
  for (gsize i = 0; i < AK_STATEMENT_KIND_COUNT; i++) {
    const AkDsse *envelope = self->bundle->envelopes[i];
    g_autofree char *place =
        g_strdup_printf("envelopes.%s", ak_statement_kind_name((AkStatementKind)i));
    if (strcmp(envelope->payload_type, AK_DSSE_IN_TOTO) != 0)
      return fails(self, place, AK_DSSE_IN_TOTO, envelope->payload_type);
    self->statements[i] =
        ak_statement_parse((AkStatementKind)i, g_bytes_get_data(envelope->payload, NULL),
                           g_bytes_get_size(envelope->payload), &error);
    if (self->statements[i] == NULL)
      return fails_with(self, place, "an in-toto statement in canonical form", error);
    const char *product = ak_statement_product(self->statements[i]);
    if (product == NULL || strchr(product, '@') == NULL)
      return fails(self, place, "a first subject NAME@VERSION", product ? product : "no name");
  }
  if (!build_wanted(self, &error))
    return fails_with(self, "records", "what a statement needs", error);
  return true;
}

/* Does the signed statement of `kind` say what follows from the records? `member` NULL: all of it.
 */
static bool statement_follows(Context *self, AkStatementKind kind, const char *member) {
  const json_t *wanted = self->wanted[kind], *signed_one = self->statements[kind];
  g_autofree char *root = g_strdup_printf("envelopes.%s: %s", ak_statement_kind_name(kind),
                                          member != NULL ? member : "statement");
  if (member != NULL) {
    wanted = json_object_get(wanted, member);
    signed_one = json_object_get(signed_one, member);
  }
  return ak_json_difference_none(wanted, signed_one, root, &self->report->place,
                                 &self->report->expected, &self->report->found);
}

static bool check_subject(Context *self) {
  for (gsize i = 0; i < AK_STATEMENT_KIND_COUNT; i++)
    if (!statement_follows(self, (AkStatementKind)i, "subject"))
      return false;
  const json_t *record = self->facts->jsons->pdata[self->facts->verdict];
  guint plan = GPOINTER_TO_UINT(
      g_tree_lookup(self->facts->plans, json_string_value(json_object_get(record, "run"))));
  const char *hex =
      json_string_value(json_object_get(self->facts->jsons->pdata[plan - 1], "product"));
  return ak_digest_from_hex(hex, &self->report->product_digest); /* build_wanted has parsed it */
}

static bool check_verdicts(Context *self) {
  return statement_follows(self, AK_STATEMENT_KIND_VERDICTS, NULL);
}

static bool check_result(Context *self) {
  if (!statement_follows(self, AK_STATEMENT_KIND_TEST_RESULT, NULL))
    return false;
  const json_t *predicate =
      json_object_get(self->statements[AK_STATEMENT_KIND_TEST_RESULT], "predicate");
  self->report->result = g_strdup(json_string_value(json_object_get(predicate, "result")));
  return true;
}

/* Is the cited observation revealed, from before the verdict? An AkCitationVisit. */
static bool check_citation(const char *place, const char *identity, gpointer data) {
  Context *self = data;
  guint found = GPOINTER_TO_UINT(g_tree_lookup(self->facts->identities, identity));
  if (found == 0) {
    g_autofree char *expected = g_strdup_printf("the record of observation %s", identity);
    return fails(self, place, expected, "not among the revealed records");
  }
  if (found - 1 >= self->facts->verdict)
    return fails(self, place, "an observation from before the verdict", "a later one");
  self->report->observations++;
  return true;
}

static bool is_named_alike(const json_t *a, const json_t *b) {
  static const char *const members[] = {"product_name", "product_version", "images"};
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    if (!json_equal(json_object_get(a, members[i]), json_object_get(b, members[i])))
      return false;
  return json_object_get(a, "product_name") != NULL;
}

/* May the verdict's run, planned as `own`, take something over from the run planned as `other`? From
 * the run it says it repeats: of the same version, or of another one under a recorded statement. */
static bool may_take_over(const json_t *own, const json_t *other) {
  const char *retest_of = json_string_value(json_object_get(own, "retest_of"));
  return g_strcmp0(retest_of, json_string_value(json_object_get(other, "run"))) == 0 &&
         (is_named_alike(own, other) || json_is_object(json_object_get(own, "impact")));
}

/* A run about another product, whose observations would not speak about this one. */
static bool check_products(Context *self) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&self->report->product_digest, hex);
  const json_t *verdict = self->facts->jsons->pdata[self->facts->verdict];
  guint plan = GPOINTER_TO_UINT(
      g_tree_lookup(self->facts->plans, json_string_value(json_object_get(verdict, "run"))));
  const json_t *own = self->facts->jsons->pdata[plan - 1]; /* check_subject has found it */
  for (guint i = 0; i < self->facts->jsons->len; i++) {
    const json_t *json = self->facts->jsons->pdata[i];
    AkRecordType type;
    if (!ak_record_type(json, &type, NULL) || type != AK_RECORD_RUN_PLANNED)
      continue;
    const char *product = json_string_value(json_object_get(json, "product"));
    g_autofree char *place = g_strdup_printf("records[%u].product", i);
    if (g_strcmp0(product, hex) != 0 && !may_take_over(own, json))
      return fails(self, place, hex, product != NULL ? product : "nothing");
  }
  return true;
}

static bool check_observations(Context *self) {
  const json_t *verdict = self->facts->jsons->pdata[self->facts->verdict];
  return check_products(self) &&
         ak_citations_foreach(json_object_get(verdict, "verdicts"), check_citation, self);
}

static bool check_evidence(Context *self) {
  for (guint i = 0; i < self->bundle->evidence->len; i++) {
    gsize size = 0;
    const void *data = g_bytes_get_data(self->bundle->evidence->pdata[i], &size);
    AkDigest digest = ak_digest_of(data, size);
    char hex[AK_DIGEST_HEX_SIZE];
    ak_digest_to_hex(&digest, hex);
    g_autofree char *place = g_strdup_printf("evidence[%u]", i);
    if (g_tree_lookup(self->facts->cited, hex) == NULL)
      return fails(self, place, "a digest that a revealed record cites", hex);
  }
  self->report->evidence = self->bundle->evidence->len;
  return true;
}

static bool check_growth(Context *self, const AkCheckpoint *old, const GArray *proof,
                         const char *place) {
  GError *error = NULL;
  if (!ak_merkle_check_consistency(old->size, &old->root, self->checkpoint->size,
                                   &self->checkpoint->root, proof, &error))
    return fails_with(self, place, "a tree from which the checkpoint's tree grew", error);
  return true;
}

static bool check_earlier(Context *self) {
  guint64 next = 0; /* sizes rise, so that the order has one spelling */
  for (guint i = 0; i < self->bundle->earlier->len; i++) {
    const AkBundleEarlier *item = self->bundle->earlier->pdata[i];
    g_autofree char *place = g_strdup_printf("earlier[%u]", i);
    GError *error = NULL;
    g_autoptr(AkNote) note = NULL;
    g_autoptr(AkCheckpoint) old =
        ak_checkpoint_open(item->checkpoint, strlen(item->checkpoint), self->key, &note, &error);
    if (old == NULL)
      return fails_with(self, place, "signed by the log's key", error);
    if (note->signatures->len != 1)
      return fails(self, place, "one signature, the log's", "more");
    if (old->size < next || old->size == 0)
      return fails(self, place, "trees of rising size, none empty", "another order");
    next = old->size + 1;
    if (!check_growth(self, old, item->proof, place))
      return false;
  }
  return true;
}

/* The proof in the bundle from a tree of `size` leaves, or NULL. Signatures are checked already. */
static const GArray *growth_proof_from(const AkBundle *bundle, guint64 size) {
  for (guint i = 0; i < bundle->earlier->len; i++) {
    const AkBundleEarlier *item = bundle->earlier->pdata[i];
    g_autoptr(AkNote) note = ak_note_parse(item->checkpoint, strlen(item->checkpoint), NULL);
    g_autoptr(AkCheckpoint) old = note != NULL ? ak_checkpoint_parse(note->text, NULL) : NULL;
    if (old != NULL && old->size == size)
      return item->proof;
  }
  return NULL;
}

static bool check_old_growth(Context *self, const AkCheckpoint *old) {
  g_autofree char *place =
      g_strdup_printf("given checkpoint of %" G_GUINT64_FORMAT " leaves", old->size);
  g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(AkDigest));
  if (old->size > self->checkpoint->size)
    return fails(self, place,
                 "a checkpoint not newer than the bundle's; a bundle exported at or after it "
                 "is needed",
                 self->note->text);
  bool is_direct = old->size == 0 || old->size == self->checkpoint->size;
  const GArray *proof = is_direct ? none : growth_proof_from(self->bundle, old->size);
  if (proof != NULL)
    return check_growth(self, old, proof, place);
  g_autofree char *expected = g_strdup_printf(
      "a consistency proof from it; a bundle exported with --since that checkpoint is needed");
  return fails(self, place, expected, "no proof from that size in the bundle");
}

/* Holds without a given checkpoint too: then what it would show stands among what is not proven. */
static bool check_old(Context *self) {
  if (self->old_note == NULL)
    return true;
  GError *error = NULL;
  g_autoptr(AkCheckpoint) old = ak_checkpoint_open(
      self->trust->old_checkpoint, self->trust->old_checkpoint_size, self->key, NULL, &error);
  if (old == NULL)
    return fails_with(self, "given checkpoint", "signed by the log's key", error);
  if (!check_old_growth(self, old))
    return false;
  self->report->has_old = old->size > 0; /* from an empty tree everything grows */
  self->report->old_size = old->size;
  return true;
}

static bool has_no_cosignature(const Context *self) {
  return self->report->witnesses->len == 0;
}
static bool has_no_citation(const Context *self) {
  return self->report->observations == 0;
}
static bool has_no_evidence(const Context *self) {
  return self->bundle->evidence->len == 0;
}
static bool has_no_earlier(const Context *self) {
  return self->bundle->earlier->len == 0;
}
static bool has_no_old(const Context *self) {
  return self->old_note == NULL;
}

/* What holds because there was nothing to check is not listed as held. */
static const struct {
  const char *id;
  bool (*run)(Context *self);
  bool (*is_without)(const Context *self); /* NULL: there always is something */
} checks[] = {
    {"encoding", check_encoding, NULL},
    {"key", check_key, NULL},
    {"checkpoint", check_checkpoint, NULL},
    {"witnesses", check_witnesses, has_no_cosignature},
    {"inclusion", check_inclusion, NULL},
    {"records", check_records, NULL},
    {"signatures", check_signatures, NULL},
    {"statements", check_statements, NULL},
    {"subject", check_subject, NULL},
    {"verdicts", check_verdicts, NULL},
    {"result", check_result, NULL},
    {"observations", check_observations, has_no_citation},
    {"evidence", check_evidence, has_no_evidence},
    {"earlier", check_earlier, has_no_earlier},
    {"old", check_old, has_no_old},
};

static bool has_trusted_witness(const AkProofReport *report) {
  for (guint i = 0; i < report->witnesses->len; i++)
    if (((const AkProofWitness *)report->witnesses->pdata[i])->trusted)
      return true;
  return false;
}

static bool lacks_key(const Context *c) {
  return c->trust->key == NULL;
}
static bool lacks_witness(const Context *c) {
  return !has_trusted_witness(c->report);
}
static bool lacks_growth(const Context *c) {
  return !c->report->has_old && lacks_witness(c);
}
static bool always(const Context *c) {
  return true;
}

/* What even a bundle that holds leaves open. */
static const struct {
  const char *id;
  bool (*applies)(const Context *self);
} limits[] = {
    {"key", lacks_key},          {"time", lacks_witness},
    {"rewriting", lacks_growth}, {"evidence", has_no_evidence},
    {"device", always},          {"rules", always},
    {"completeness", always},    {"superseded", always},
    {"label", always},
};

const char *ak_proof_check_id(guint i) {
  return i < G_N_ELEMENTS(checks) ? checks[i].id : NULL;
}

const char *ak_proof_limit_id(guint i) {
  return i < G_N_ELEMENTS(limits) ? limits[i].id : NULL;
}

static void witness_free(AkProofWitness *self) {
  g_free(self->name);
  g_free(self);
}

void ak_proof_report_clear(AkProofReport *self) {
  g_free(self->place);
  g_free(self->expected);
  g_free(self->found);
  g_clear_pointer(&self->held, g_ptr_array_unref);
  g_clear_pointer(&self->without, g_ptr_array_unref);
  g_clear_pointer(&self->not_proven, g_ptr_array_unref);
  g_free(self->key);
  g_free(self->origin);
  g_free(self->run);
  g_free(self->product);
  g_free(self->result);
  g_clear_pointer(&self->witnesses, g_ptr_array_unref);
  *self = (AkProofReport){0};
}

static void context_clear(Context *self) {
  ak_note_key_free(self->key);
  ak_note_free(self->note);
  ak_checkpoint_free(self->checkpoint);
  ak_bundle_facts_free(self->facts);
  for (gsize i = 0; i < AK_STATEMENT_KIND_COUNT; i++) {
    json_decref(self->statements[i]);
    json_decref(self->wanted[i]);
  }
}

static void run_checks(Context *self) {
  AkProofReport *report = self->report;
  const AkProofTrust *trust = self->trust;
  for (guint i = 0; i < G_N_ELEMENTS(checks); i++) {
    if (trust->progress != NULL)
      trust->progress(trust->progress_data, checks[i].id, i, G_N_ELEMENTS(checks));
    if (!checks[i].run(self)) {
      report->failed = checks[i].id;
      break;
    }
    bool without = checks[i].is_without != NULL && checks[i].is_without(self);
    g_ptr_array_add(without ? report->without : report->held, (gpointer)checks[i].id);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(limits); i++)
    if (limits[i].applies(self))
      g_ptr_array_add(report->not_proven, (gpointer)limits[i].id);
  report->holds =
      report->failed == NULL && report->held->len + report->without->len == G_N_ELEMENTS(checks);
}

bool ak_proof_bundle_check(const char *data, gsize size, const AkProofTrust *trust,
                           AkProofReport *out, GError **error) {
  g_autoptr(AkNote) old = NULL;
  if (trust->old_checkpoint != NULL) {
    old = ak_note_parse(trust->old_checkpoint, trust->old_checkpoint_size, error);
    if (old == NULL) {
      g_prefix_error(error, "checkpoint: ");
      return false;
    }
  }
  g_autoptr(AkBundle) bundle = ak_bundle_parse(data, size, error);
  if (bundle == NULL)
    return false;
  *out = (AkProofReport){
      .held = g_ptr_array_new(),
      .without = g_ptr_array_new(),
      .not_proven = g_ptr_array_new(),
      .key = g_strdup(bundle->key),
      .origin = g_strdup(bundle->origin),
      .witnesses = g_ptr_array_new_with_free_func((GDestroyNotify)witness_free),
  };
  Context context = {
      .data = data, .size = size, .bundle = bundle, .trust = trust, .old_note = old, .report = out};
  run_checks(&context);
  context_clear(&context);
  return true;
}

char *ak_proof_key_id(const AkNoteKey *key) {
  return g_strdup_printf("%s+%08x", key->name, key->id);
}

static json_t *texts_to_json(const GPtrArray *texts) {
  json_t *array = json_array();
  for (guint i = 0; i < texts->len; i++)
    json_array_append_new(array, json_string(texts->pdata[i]));
  return array;
}

static json_t *witnesses_to_json(const GPtrArray *witnesses) {
  json_t *array = json_array();
  for (guint i = 0; i < witnesses->len; i++) {
    const AkProofWitness *witness = witnesses->pdata[i];
    json_array_append_new(array,
                          json_pack("{s:s, s:I, s:b}", "name", witness->name, "time_s",
                                    (json_int_t)witness->time_s, "trusted", (int)witness->trusted));
  }
  return array;
}

/* Facts that were read from a bundle that does not hold are left out: nobody should use them. */
static void add_facts(json_t *json, const AkProofReport *self) {
  char product[AK_DIGEST_HEX_SIZE], root[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&self->product_digest, product);
  ak_digest_to_hex(&self->root, root);
  g_autofree char *tree_size = g_strdup_printf("%" G_GUINT64_FORMAT, self->tree_size);
  json_object_set_new(json, "facts",
                      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:o}", "run",
                                self->run, "product", self->product, "product_sha256", product,
                                "result", self->result, "tree_size", tree_size, "root_sha256", root,
                                "records", (int)self->records, "observations",
                                (int)self->observations, "evidence", (int)self->evidence,
                                "witnesses", witnesses_to_json(self->witnesses)));
}

json_t *ak_proof_report_to_json(const AkProofReport *self) {
  json_t *json = json_pack("{s:b, s:s, s:s, s:o, s:o, s:o, s:n}", "holds", (int)self->holds,
                           "origin", self->origin, "key", self->key, "held",
                           texts_to_json(self->held), "without", texts_to_json(self->without),
                           "not_proven", texts_to_json(self->not_proven), "failed");
  if (self->holds)
    add_facts(json, self);
  else
    json_object_set_new(json, "failed",
                        json_pack("{s:s, s:s, s:s, s:s}", "check", self->failed, "place",
                                  self->place ? self->place : "", "expected",
                                  self->expected ? self->expected : "", "found",
                                  self->found ? self->found : ""));
  return json;
}
