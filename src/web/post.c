#include "web/post.h"

#include <string.h>

#define BUFFER_BYTES 65536

struct _AkPost {
  struct MHD_PostProcessor *processor; /* NULL: no form */
  GHashTable *parts;  /* name → GString, as it came */
  GHashTable *fields; /* name → text */
  gsize size;
  guint status;
};

static void free_part(gpointer part) { g_string_free(part, TRUE); }

static enum MHD_Result take_part(void *data, enum MHD_ValueKind kind, const char *name, const char *file_name,
                                 const char *type, const char *encoding, const char *bytes, uint64_t offset, size_t size) {
  AkPost *self = data;
  GString *part = g_hash_table_lookup(self->parts, name);
  if (part == NULL && g_hash_table_size(self->parts) >= AK_POST_FIELDS_MAX) {
    self->status = MHD_HTTP_CONTENT_TOO_LARGE;
    return MHD_NO;
  }
  if (part == NULL) {
    part = g_string_new(NULL);
    g_hash_table_insert(self->parts, g_strdup(name), part);
  }
  if (offset == 0)
    g_string_truncate(part, 0); /* the last of two fields of one name */
  g_string_append_len(part, bytes, (gssize)size);
  return MHD_YES;
}

AkPost *ak_post_new(struct MHD_Connection *connection) {
  AkPost *self = g_new0(AkPost, 1);
  self->parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_part);
  self->fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  self->status = MHD_HTTP_OK;
  self->processor = MHD_create_post_processor(connection, BUFFER_BYTES, take_part, self);
  if (self->processor == NULL)
    self->status = MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
  return self;
}

void ak_post_free(AkPost *self) {
  if (self == NULL)
    return;
  if (self->processor != NULL)
    MHD_destroy_post_processor(self->processor);
  g_hash_table_unref(self->parts);
  g_hash_table_unref(self->fields);
  g_free(self);
}

void ak_post_take(AkPost *self, const char *data, gsize size) {
  self->size += size;
  if (self->size > AK_POST_BYTES_MAX)
    self->status = MHD_HTTP_CONTENT_TOO_LARGE;
  if (self->status == MHD_HTTP_OK && MHD_post_process(self->processor, data, size) != MHD_YES &&
      self->status == MHD_HTTP_OK)
    self->status = MHD_HTTP_BAD_REQUEST;
}

guint ak_post_status(const AkPost *self) { return self->status; }

/* Browsers send the lines of a text with CRLF. */
static char *with_line_feeds(const GString *part) {
  GString *text = g_string_sized_new(part->len);
  for (gsize i = 0; i < part->len; i++)
    if (part->str[i] != '\r')
      g_string_append_c(text, part->str[i]);
    else if (i + 1 == part->len || part->str[i + 1] != '\n')
      g_string_append_c(text, '\n');
  return g_string_free(text, FALSE);
}

GHashTable *ak_post_fields(AkPost *self) {
  GHashTableIter iter;
  gpointer name = NULL, part = NULL;
  if (self->processor != NULL) {
    MHD_destroy_post_processor(self->processor); /* hands over the last part */
    self->processor = NULL;
  }
  g_hash_table_iter_init(&iter, self->parts);
  while (g_hash_table_iter_next(&iter, &name, &part)) {
    const GString *bytes = part;
    if (!g_utf8_validate(name, -1, NULL) || !g_utf8_validate(bytes->str, (gssize)bytes->len, NULL))
      self->status = MHD_HTTP_BAD_REQUEST;
    else
      g_hash_table_insert(self->fields, g_strdup(name), with_line_feeds(bytes));
  }
  return self->fields;
}
