/* The jobs of worker processes: a network test on one subject, all tests of one image, of one
 * document. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "firmware/unpack/tree.h"
#include "sandbox/worker.h"

#include "core/test.h"

#define MAX_INPUT_BYTES (1024u * 1024u * 1024u) /* larger files are refused, not cut silently */
#define MAX_MAPPED_BYTES (64ull * 1024 * 1024 * 1024)
#define READ_BYTES (1024u * 1024u)

static bool prior_from_json(const json_t *array, GPtrArray *prior, GError **error) {
  for (gsize i = 0; i < json_array_size(array); i++) {
    AkObservation *seen = ak_observation_from_json(json_array_get(array, i), "prior", error);
    if (seen == NULL)
      return false;
    g_ptr_array_add(prior, seen);
  }
  return true;
}

/* The parts of a request that both jobs share; texts and json are borrowed from the request. */
typedef struct {
  AkSubject subject;
  GPtrArray *prior;
  AkCall call;
} Request;

static bool request_read(const json_t *json, Request *out, GError **error) {
  const json_t *subject = ak_json_object(json, "subject", "request", error);
  const char *kind = subject ? ak_json_string(subject, "kind", "request", error) : NULL;
  const char *locator = kind ? ak_json_string(subject, "locator", "request", error) : NULL;
  const json_t *params = locator ? ak_json_object(json, "params", "request", error) : NULL;
  const json_t *prior = params ? ak_json_array(json, "prior", "request", error) : NULL;
  gint64 seed = 0, now = 0;
  if (prior == NULL ||
      !ak_json_integer(json, "seed", G_MININT64, G_MAXINT64, "request", &seed, error) ||
      !ak_json_integer(json, "now_utc_us", 0, G_MAXINT64, "request", &now, error))
    return false;
  out->prior = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
  if (!prior_from_json(prior, out->prior, error)) {
    g_clear_pointer(&out->prior, g_ptr_array_unref);
    return false;
  }
  out->subject = (AkSubject){.kind = (char *)kind, .locator = (char *)locator};
  out->call = (AkCall){.subject = &out->subject,
                       .params = params,
                       .prior = out->prior,
                       .seed = (guint64)seed,
                       .now_utc_us = now};
  return true;
}

/* One test of the request, in a lane of its own. */
typedef struct {
  const AkWorkerCall *worker;
  AkCall call;
  guint lane;
  GError *failure;
} Piece;

static void run_piece(gpointer item, gpointer data) {
  Piece *self = item;
  const AkWorkerCall *worker = self->worker;
  if (!worker->lane_may_begin(worker->worker))
    return;
  const AkTest *test = self->call.test;
  g_autoptr(AkSink) sink = worker->lane_sink(worker->worker, test, self->lane);
  bool ok = test->run(&self->call, sink, &self->failure);
  if (!ok)
    g_prefix_error(&self->failure, "%s: ", test->id);
  worker->lane_end(worker->worker, self->lane, !ok);
}

/* The first failure in the order of beginning: what comes behind it may not have been sent, and may fail for that. */
static bool take_piece(gpointer item, gpointer data, GError **error) {
  Piece *self = item;
  if (self->failure != NULL)
    g_propagate_error(error, g_steal_pointer(&self->failure));
  return *error == NULL;
}

static GArray *pieces_of(const AkWorkerCall *worker, AkIsolation isolation, const AkCall *call,
                         GError **error) {
  const json_t *ids = ak_json_array(worker->request, "tests", "request", error);
  g_autoptr(GArray) pieces = g_array_new(FALSE, TRUE, sizeof(Piece));
  for (gsize i = 0; i < json_array_size(ids); i++) {
    const AkTest *test = ak_test_find(json_string_value(json_array_get(ids, i)));
    if (test == NULL || test->run == NULL || test->isolation != isolation ||
        (isolation == AK_ISOLATION_SANDBOX &&
         g_strcmp0(test->subject_kind, call->subject->kind) != 0)) {
      ak_error_set(error, AK_ERROR_NOT_FOUND, "request: test %u is unknown", (guint)i);
      return NULL;
    }
    Piece piece = {.worker = worker, .call = *call, .lane = (guint)i};
    piece.call.test = test;
    g_array_append_val(pieces, piece);
  }
  return ids != NULL ? g_steal_pointer(&pieces) : NULL;
}

/* The test that takes longest is begun first and sent last, so that what the others send need not wait for it. One
 * alone: more of them could wait for their turns on all threads. Without help the tests run in the order of their lanes. */
static void put_long_one_first(GArray *pieces, guint threads) {
  guint at = 0;
  while (at < pieces->len && !g_array_index(pieces, Piece, at).call.test->is_long)
    at++;
  if (at == pieces->len)
    return;
  Piece longest = g_array_index(pieces, Piece, at);
  for (guint i = at + 1; i < pieces->len; i++)
    g_array_index(pieces, Piece, i).lane--;
  longest.lane = pieces->len - 1;
  g_array_remove_index(pieces, at);
  g_array_insert_val(pieces, threads > 0 ? 0 : pieces->len, longest);
}

/* All tests of the request, side by side where there are threads; what they send goes out as if one had come after
 * the other. */
static bool run_each(const AkWorkerCall *worker, AkIsolation isolation, AkCall *call,
                     GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(GArray) pieces = pieces_of(worker, isolation, call, error);
  if (pieces == NULL)
    return false;
  put_long_one_first(pieces, ak_crew_threads(worker->crew));
  AkAheadWork work = {.work = run_piece, .take = take_piece, .room = G_MAXSIZE};
  worker->split(worker->worker, pieces->len);
  AkAhead *ahead = ak_ahead_new(worker->crew, &work);
  bool ok = true;
  for (guint i = 0; ok && i < pieces->len; i++)
    ok = ak_ahead_push(ahead, &g_array_index(pieces, Piece, i), 1, &failure);
  ok = ok && ak_ahead_end(ahead, &failure);
  ak_ahead_free(ahead);
  worker->join(worker->worker);
  for (guint i = 0; i < pieces->len; i++)
    g_clear_error(&g_array_index(pieces, Piece, i).failure);
  if (!ok)
    g_propagate_error(error, g_steal_pointer(&failure));
  return ok;
}

static bool run_probe(const AkWorkerCall *worker, GError **error) {
  Request request = {0};
  if (!request_read(worker->request, &request, error))
    return false;
  g_autoptr(GPtrArray) prior G_GNUC_UNUSED = request.prior;
  request.call.net = worker->net;
  return run_each(worker, AK_ISOLATION_NET, &request.call, error);
}

static GBytes *read_input(int fd, GError **error) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  for (;;) {
    if (bytes->len > MAX_INPUT_BYTES - READ_BYTES) {
      ak_error_set(error, AK_ERROR_LIMIT, "the file is larger than %u bytes", MAX_INPUT_BYTES);
      return NULL;
    }
    guint at = bytes->len;
    g_byte_array_set_size(bytes, at + READ_BYTES);
    gssize got = read(fd, bytes->data + at, READ_BYTES);
    g_byte_array_set_size(bytes, at + (guint)MAX(got, 0));
    if (got == 0)
      return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    if (got < 0 && errno != EINTR) {
      ak_error_set_errno(error, errno, "the file cannot be read");
      return NULL;
    }
  }
}

typedef struct {
  AkPages *pages;
  void *data;
  gsize size;
} Mapping;

static void unmap(gpointer data) {
  Mapping *self = data;
  ak_pages_forget(self->pages, self->data);
  munmap(self->data, self->size);
  g_free(self);
}

/* Images are not copied: their pages are the file's. What is no file is read. */
static GBytes *map_input(int fd, AkPages *pages, GError **error) {
  off_t end = lseek(fd, 0, SEEK_END); /* fstat is a call that takes a path, and is refused */
  if (end <= 0 || lseek(fd, 0, SEEK_SET) != 0)
    return read_input(fd, error);
  if ((guint64)end > MAX_MAPPED_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "the file is larger than %" G_GUINT64_FORMAT " bytes",
                 (guint64)MAX_MAPPED_BYTES);
    return NULL;
  }
  gsize size = (gsize)end;
  void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) {
    ak_error_set_errno(error, errno, "the file cannot be mapped");
    return NULL;
  }
  Mapping *mapping = g_new(Mapping, 1);
  *mapping = (Mapping){pages, data, size};
  ak_pages_watch(pages, data, size);
  return g_bytes_new_with_free_func(data, size, unmap, mapping);
}

static bool is_padding(GBytes *bytes) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  for (gsize i = 0; i < size; i++)
    if (data[i] != 0x00 && data[i] != 0xff)
      return false;
  return true;
}

/* Files, and what of containers is no file; pieces of files and what was opened are not sent. */
static bool is_sent(const AkNode *node) {
  if (*node->path == '/')
    return true;
  return node->type == AK_NODE_FILE && node->format == NULL && node->bytes != NULL &&
         !(node->slice && node->in_file) && !is_padding(node->bytes);
}

static AkEntryKind kind_of(const AkNode *node) {
  static const AkEntryKind kinds[] = {
      [AK_NODE_FILE] = AK_ENTRY_FILE,
      [AK_NODE_FOLDER] = AK_ENTRY_FOLDER,
      [AK_NODE_SYMLINK] = AK_ENTRY_LINK,
      [AK_NODE_OTHER] = AK_ENTRY_DEVICE,
  };
  return *node->path == '/' ? kinds[node->type] : AK_ENTRY_REGION;
}

static bool send_node(const AkWorkerCall *worker, const AkFirmwareTree *tree, guint index,
                      GError **error) {
  const AkNode *node = ak_firmware_tree_node(tree, index);
  const AkNode *container = ak_firmware_tree_node(tree, node->parent);
  g_autofree char *origin = ak_firmware_tree_locator(tree, index);
  g_autofree char *number = g_strdup_printf("/%u", index);
  bool is_long = strlen(origin) > AK_ENTRY_MAX_PATH;
  AkEntry entry = {
      .kind = kind_of(node),
      .container = node->parent,
      .container_kind = (char *)(container->format != NULL ? container->format : "image"),
      .origin = is_long ? number : origin,
      .path = is_long ? number : node->path,
      .target = node->target,
      .cut = is_long ? (char *)"its name is too long" : node->cut,
      .mode = node->mode,
      .uid = node->uid,
      .gid = node->gid,
  };
  return worker->entry(worker->worker, &entry, node->bytes, error);
}

static bool send_tree(const AkWorkerCall *worker, const AkFirmwareTree *tree, GError **error) {
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++)
    if (is_sent(ak_firmware_tree_node(tree, i)) && !send_node(worker, tree, i, error))
      return false;
  return true;
}

static bool run_image(const AkWorkerCall *worker, GError **error) {
  Request request = {0};
  AkFirmwareLimits limits = ak_firmware_default_limits;
  g_autoptr(GBytes) image = map_input(worker->input_fd, worker->pages, error);
  if (image == NULL || !request_read(worker->request, &request, error))
    return false;
  g_autoptr(GPtrArray) prior G_GNUC_UNUSED = request.prior;
  g_autoptr(AkSpool) spool =
      worker->spool_fd >= 0 ? ak_spool_new(worker->spool_fd, worker->spool_bytes, worker->pages) : NULL;
  limits.spool = spool;
  limits.crew = worker->crew;
  g_autoptr(AkFirmwareTree) tree =
      ak_firmware_tree_open(image, request.subject.locator, &limits, error);
  if (tree == NULL)
    return false;
  request.call.tree = tree;
  return run_each(worker, AK_ISOLATION_SANDBOX, &request.call, error) &&
         (!json_is_true(json_object_get(worker->request, "extract")) ||
          send_tree(worker, tree, error));
}

static bool run_document(const AkWorkerCall *worker, GError **error) {
  Request request = {0};
  g_autoptr(GBytes) document = map_input(worker->input_fd, worker->pages, error);
  if (document == NULL || !request_read(worker->request, &request, error))
    return false;
  g_autoptr(GPtrArray) prior = request.prior;
  request.call.input = document;
  return run_each(worker, AK_ISOLATION_SANDBOX, &request.call, error);
}

/* For all tests that the job may be asked for: which, it learns when it is locked in. */
static bool preload(AkIsolation isolation, const char *subject_kind, GError **error) {
  bool ok = true;
  for (gsize i = 0; ok && ak_test_table[i] != NULL; i++) {
    const AkTest *test = ak_test_table[i];
    if (test->preload != NULL && test->isolation == isolation &&
        (subject_kind == NULL || g_strcmp0(test->subject_kind, subject_kind) == 0))
      ok = test->preload(error);
  }
  return ok;
}

static bool preload_probe(GError **error) {
  return preload(AK_ISOLATION_NET, NULL, error);
}

static bool preload_image(GError **error) {
  return preload(AK_ISOLATION_SANDBOX, "image", error);
}

static bool preload_document(GError **error) {
  return preload(AK_ISOLATION_SANDBOX, "document", error);
}

extern const AkWorkerJob ak_verify_probe_job, ak_verify_image_job, ak_verify_document_job;
const AkWorkerJob ak_verify_probe_job = {
    .name = "verify/probe", .run = run_probe, .preload = preload_probe};
const AkWorkerJob ak_verify_image_job = {
    .name = "verify/image", .run = run_image, .preload = preload_image};
const AkWorkerJob ak_verify_document_job = {
    .name = "verify/document", .run = run_document, .preload = preload_document};
