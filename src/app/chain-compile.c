#include "app/chain-compile.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/chain-read.h"
#include "chain/rule/ground-file.h"
#include "exchange/chain-csv.h"
#include "util/crew.h"
#include "util/io.h"
#include "util/large.h"

static const char magic[8] = {'A', 'K', 'C', 'H', 'A', 'I', 'N', 0x1a};
enum { VERSION = 2 };
#define NO_TABLE G_MAXUINT64
#define DIGEST_BYTES sizeof(((AkDigest *)NULL)->bytes)
#define LONG ((gsize)16 << 20) /* bytes: a thread is worth while */

/* --- writing ---------------------------------------------------------------------------------------------------- */

/* Those that the chain was read from, or that its document makes. */
static bool tables_of(const AkAppChain *self, AkAppChainTables *out, GError **error) {
  if (self->is_compiled)
    return ak_error_set(error, AK_ERROR_CONFIG, "%s is compiled already", self->path);
  if (self->chain->is_of_tables) {
    if (!ak_app_chain_read_tables(self->path, out, error))
      return false;
    AkDigest digest = ak_app_chain_tables_digest(out);
    return ak_digest_equal(&digest, &self->digest) ||
           ak_error_set(error, AK_ERROR_CONFLICT, "%s: the tables have changed since they were read", self->path);
  }
  g_autoptr(json_t) document = ak_chain_document(self->chain);
  for (guint i = 0; i < AK_CHAIN_TABLES; i++) {
    g_autofree char *text = NULL;
    if (!ak_chain_csv_write(document, ak_chain_csv_files[i], &text, error))
      return false;
    if (text == NULL)
      continue;
    AkChainTablesFile *table = &out->files[i];
    table->size = strlen(text);
    table->data = ak_large_new(table->size + 1, 1);
    if (table->data == NULL)
      return ak_error_set(error, AK_ERROR_LIMIT, "no memory for a table of %" G_GSIZE_FORMAT " bytes", table->size);
    memcpy(table->data, text, table->size);
  }
  return true;
}

static void write_digest(AkWriter *writer, const AkDigest *digest) {
  ak_writer_bytes(writer, digest->bytes, sizeof digest->bytes);
}

/* A proof bundle in the tables' folder: it would be looked for beside the compiled file, and not be found. */
static bool is_beside(const AkAppChain *self, const AkElementMeasure *measure) {
  if (measure->reference == NULL || g_path_is_absolute(measure->reference) ||
      strcmp(ak_chain_backings[measure->backing], "proven") != 0)
    return false;
  g_autofree char *path = g_build_filename(self->path, measure->reference, NULL);
  return g_file_test(path, G_FILE_TEST_EXISTS);
}

static bool check_references(const AkAppChain *self, GError **error) {
  for (guint32 e = 0; self->chain->is_of_tables && e < self->chain->elements->len; e++) {
    const AkElement *element = ak_chain_element_at(self->chain, e);
    for (guint i = 0; i < element->measures->len; i++) {
      const AkElementMeasure *measure = element->measures->pdata[i];
      if (is_beside(self, measure))
        return ak_error_set(error, AK_ERROR_CONFIG,
                            "%s of %s: the proof bundle %s lies in the folder of the tables, which a compiled file does not know: "
                            "write its whole path",
                            measure->requirement, element->id, measure->reference);
    }
  }
  return true;
}

static void write_text(AkWriter *writer, const char *text) {
  ak_writer_u32le(writer, (guint32)strlen(text));
  ak_writer_bytes(writer, text, strlen(text));
}

static void write_table(AkWriter *writer, const AkChainTablesFile *table) {
  ak_writer_u64le(writer, table->data != NULL ? table->size : NO_TABLE);
  if (table->data != NULL)
    ak_writer_bytes(writer, table->data, table->size);
}

static GBytes *close_with_digest(AkWriter *writer, GError **error) {
  g_autoptr(GBytes) bytes = ak_writer_end(writer, error);
  if (bytes == NULL)
    return NULL;
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  AkDigest digest = ak_digest_of(data, size);
  GByteArray *all = g_bytes_unref_to_array(g_steal_pointer(&bytes));
  g_byte_array_append(all, digest.bytes, sizeof digest.bytes);
  return g_byte_array_free_to_bytes(all);
}

GBytes *ak_app_chain_compile(const AkAppChain *self, GError **error) {
  g_auto(AkAppChainTables) tables = {{{NULL}}};
  if (!tables_of(self, &tables, error) || !check_references(self, error))
    return NULL;
  AkDigest digest = ak_app_chain_tables_digest(&tables);
  g_autoptr(AkWriter) writer = ak_writer_new(AK_APP_CHAIN_COMPILED_MAX - sizeof digest.bytes);
  ak_writer_bytes(writer, magic, sizeof magic);
  ak_writer_u32le(writer, VERSION);
  ak_writer_u32le(writer, AK_CHAIN_GROUNDING_VERSION);
  write_text(writer, AK_VERSION);
  write_digest(writer, &digest);
  write_digest(writer, &self->knowledge->digest);
  write_digest(writer, &self->book->digest);
  write_text(writer, self->chain->name);
  for (guint i = 0; i < AK_CHAIN_TABLES; i++)
    write_table(writer, &tables.files[i]);
  ak_chain_ground_write(ak_chain_model_ground(self->model), writer);
  return close_with_digest(writer, error);
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

/* Nothing that is no file is waited for, and no link is followed, as where it is read. */
bool ak_app_chain_is_compiled(const char *path) {
  char begin[sizeof magic];
  struct stat status;
  int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0)
    return false;
  bool is_compiled = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                     pread(fd, begin, sizeof begin, 0) == (gssize)sizeof begin && memcmp(begin, magic, sizeof magic) == 0;
  close(fd);
  return is_compiled;
}

/* The next digest must be this one. */
static bool expect_digest(AkReader *reader, const AkDigest *wanted, const char *of, GError **error) {
  const guint8 *bytes = NULL;
  if (!ak_reader_bytes(reader, sizeof wanted->bytes, &bytes, error))
    return false;
  return memcmp(bytes, wanted->bytes, sizeof wanted->bytes) == 0 ||
         ak_error_set(error, AK_ERROR_CONFIG, "compiled with other %s than these: compile the chain again", of);
}

/* What follows from what goes with the program that grounded it. */
static bool expect_program(AkReader *reader, GError **error) {
  guint32 grounding = 0, size = 0;
  const guint8 *program = NULL;
  if (!ak_reader_u32le(reader, &grounding, error) || !ak_reader_u32le(reader, &size, error) ||
      !ak_reader_bytes(reader, size, &program, error))
    return false;
  return (grounding == AK_CHAIN_GROUNDING_VERSION && size == strlen(AK_VERSION) && memcmp(program, AK_VERSION, size) == 0) ||
         ak_error_set(error, AK_ERROR_CONFIG,
                      "compiled with another program than this (" AK_VERSION ", grounding %d): compile the chain again",
                      AK_CHAIN_GROUNDING_VERSION);
}

/* What is of this version, up to the digest of all at its end. */
static bool open_reader(const guint8 *data, gsize size, AkReader *reader, GError **error) {
  const guint8 *begin = NULL;
  guint32 version = 0;
  if (size < DIGEST_BYTES)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%" G_GSIZE_FORMAT " bytes are no compiled chain", size);
  *reader = ak_reader_init(data, size - DIGEST_BYTES);
  if (!ak_reader_bytes(reader, sizeof magic, &begin, error) || !ak_reader_u32le(reader, &version, error))
    return false;
  if (memcmp(begin, magic, sizeof magic) != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "no compiled chain");
  return version == VERSION ||
         ak_error_set(error, AK_ERROR_CONFIG, "version %u of compiled chains, this program reads %d: compile the chain again",
                      version, VERSION);
}

/* A file whose digest is computed beside its reading, which trusts no byte of it. */
typedef struct {
  const guint8 *data;
  gsize size;
  bool is_damaged;
} Sealed;

static void check_seal(gpointer item, gpointer data) {
  Sealed *self = item;
  AkDigest sum = ak_digest_of(self->data, self->size - DIGEST_BYTES);
  self->is_damaged = memcmp(sum.bytes, self->data + self->size - DIGEST_BYTES, DIGEST_BYTES) != 0;
}

static bool read_table(AkReader *reader, AkChainTablesFile *table, GError **error) {
  guint64 size = 0;
  const guint8 *bytes = NULL;
  if (!ak_reader_u64le(reader, &size, error) || size == NO_TABLE)
    return size == NO_TABLE;
  if (!ak_reader_bytes(reader, size, &bytes, error))
    return false;
  table->data = ak_large_new(size + 1, 1);
  if (table->data == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory for a table of %" G_GUINT64_FORMAT " bytes", size);
  memcpy(table->data, bytes, size);
  table->size = size;
  return true;
}

/* Tables that are what the digest before them says. */
static bool read_tables(AkReader *reader, const guint8 *digest, const char *path, AkAppChainTables *tables, AkDigest *out,
                        GError **error) {
  for (guint i = 0; i < AK_CHAIN_TABLES; i++) {
    tables->files[i].name = tables->names[i] = g_strdup_printf("%s: %s", path, ak_chain_csv_files[i]);
    if (!read_table(reader, &tables->files[i], error))
      return false;
  }
  *out = ak_app_chain_tables_digest(tables);
  return memcmp(out->bytes, digest, sizeof out->bytes) == 0 ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "the tables are not those of its digest");
}

/* The chain's name, for tables that say none; the caller's. */
static char *read_name(AkReader *reader, GError **error) {
  guint32 size = 0;
  const guint8 *bytes = NULL;
  if (!ak_reader_u32le(reader, &size, error) || !ak_reader_bytes(reader, size, &bytes, error))
    return NULL;
  if (memchr(bytes, '\0', size) != NULL || !g_utf8_validate((const char *)bytes, size, NULL)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "the chain's name is no text");
    return NULL;
  }
  return g_strndup((const char *)bytes, size);
}

/* Large chains are compiled without the measures that nobody took yet: whoever looks for those has them grounded. */
static bool is_grounded_again(const AkAppChainCompiledSpec *spec, const AkChain *chain) {
  return spec->all_measures && chain->elements->len > AK_CHAIN_MODEL_LARGE;
}

static AkChainModel *read_model(AkReader *reader, const AkAppChainCompiledSpec *spec, const AkChain *chain, GError **error) {
  AkChainModel *model = ak_chain_model_read(chain, spec->knowledge, spec->book, reader, error);
  if (model == NULL || ak_reader_left(reader) == 0)
    return model;
  ak_error_set(error, AK_ERROR_INVALID_DATA, "bytes are left at the end");
  ak_chain_model_free(model);
  return NULL;
}

static bool read_parts(AkReader *reader, const AkAppChainCompiledSpec *spec, AkAppChainCompiled *out, GError **error) {
  g_auto(AkAppChainTables) tables = {{{NULL}}};
  const guint8 *digest = NULL;
  if (!expect_program(reader, error) || !ak_reader_bytes(reader, sizeof out->digest.bytes, &digest, error) ||
      !expect_digest(reader, &spec->knowledge->digest, "knowledge", error) ||
      !expect_digest(reader, &spec->book->digest, "rules", error))
    return false;
  g_autofree char *name = read_name(reader, error);
  if (name == NULL || !read_tables(reader, digest, spec->path, &tables, &out->digest, error))
    return false;
  out->chain = ak_chain_tables_read(tables.files, name, spec->lang, error);
  if (out->chain == NULL || is_grounded_again(spec, out->chain))
    return out->chain != NULL;
  out->model = read_model(reader, spec, out->chain, error);
  return out->model != NULL;
}

/* That it is damaged is told before what is wrong in it. */
static bool read_sealed(AkReader *reader, const guint8 *data, gsize size, const AkAppChainCompiledSpec *spec, AkAppChainCompiled *out,
                        GError **error) {
  Sealed sealed = {data, size, false};
  g_autoptr(GError) failure = NULL;
  g_autoptr(AkCrew) crew = size >= LONG && g_get_num_processors() > 1 ? ak_crew_new(1) : NULL;
  const AkAheadWork work = {.work = check_seal, .room = 1};
  g_autoptr(AkAhead) ahead = ak_ahead_new(crew, &work);
  ak_ahead_push(ahead, &sealed, 1, NULL);
  bool ok = (crew == NULL && sealed.is_damaged) || read_parts(reader, spec, out, &failure);
  ak_ahead_end(ahead, NULL);
  if (sealed.is_damaged)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged: its digest is another");
  if (!ok)
    g_propagate_error(error, g_steal_pointer(&failure));
  return ok;
}

bool ak_app_chain_read_compiled(const AkAppChainCompiledSpec *spec, AkAppChainCompiled *out, GError **error) {
  AkReader reader;
  gsize size = 0;
  *out = (AkAppChainCompiled){NULL};
  char *data = ak_io_read_large(AT_FDCWD, spec->path, AK_APP_CHAIN_COMPILED_MAX, &size, error);
  if (data == NULL)
    return false;
  bool ok = open_reader((const guint8 *)data, size, &reader, error) &&
            read_sealed(&reader, (const guint8 *)data, size, spec, out, error);
  ak_large_free(data); /* before it is grounded again, which takes as much room */
  if (ok && out->model == NULL) {
    out->model = ak_chain_model_new(out->chain, spec->knowledge, spec->book, true, error);
    ok = out->model != NULL;
  }
  if (!ok) {
    g_clear_pointer(&out->model, ak_chain_model_free);
    g_clear_pointer(&out->chain, ak_chain_free);
  }
  return ok;
}

/* --- is it so --------------------------------------------------------------------------------------------------- */

static GBytes *grounding_of(const AkChainModel *model, GError **error) {
  g_autoptr(AkWriter) writer = ak_writer_new(AK_APP_CHAIN_COMPILED_MAX);
  ak_chain_ground_write(ak_chain_model_ground(model), writer);
  return ak_writer_end(writer, error);
}

bool ak_app_chain_check_compiled(const AkAppChain *self, bool *is_same, GError **error) {
  g_autoptr(AkChainModel) again = ak_chain_model_new(self->chain, self->knowledge, self->book, false, error);
  g_autoptr(GBytes) wanted = again != NULL ? grounding_of(again, error) : NULL;
  g_autoptr(GBytes) found = wanted != NULL ? grounding_of(self->model, error) : NULL;
  if (found == NULL)
    return false;
  *is_same = g_bytes_equal(wanted, found);
  return true;
}
