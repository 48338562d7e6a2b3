#include "proto/dns.h"

#include <arpa/inet.h>
#include <string.h>

#include "util/reader.h"
#include "util/writer.h"

#define MAX_NAME 255
#define MAX_LABEL 63
#define MAX_RECORDS 500
#define MAX_MESSAGE 512
#define FLUSH 0x8000u /* RFC 6762, 10.2 */

static void record_free(AkDnsRecord *self) {
  g_free(self->name);
  g_free(self->text);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkDnsRecord, record_free)

void ak_dns_message_free(AkDnsMessage *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->answers);
  g_ptr_array_unref(self->others);
  g_free(self);
}

GBytes *ak_dns_build(const AkDnsQuestion *question, GError **error) {
  g_autoptr(AkWriter) writer = ak_writer_new(MAX_MESSAGE);
  ak_writer_u16be(writer, question->id);
  ak_writer_u16be(writer, question->recursion_desired ? 0x0100 : 0);
  ak_writer_u16be(writer, 1);
  for (guint i = 0; i < 3; i++)
    ak_writer_u16be(writer, 0);
  g_auto(GStrv) labels = g_strsplit(question->name, ".", -1);
  gsize length = 1;
  for (char **label = labels; *label != NULL && *question->name != '\0'; label++) {
    gsize size = strlen(*label);
    length += size + 1;
    if (size == 0 || size > MAX_LABEL || length > MAX_NAME) {
      ak_error_set(error, AK_ERROR_CONFIG, "%s: no name", question->name);
      return NULL;
    }
    ak_writer_u8(writer, (guint8)size);
    ak_writer_bytes(writer, *label, size);
  }
  ak_writer_u8(writer, 0);
  ak_writer_u16be(writer, question->type);
  ak_writer_u16be(writer, question->class);
  return ak_writer_end(writer, error);
}

/* --- names ---------------------------------------------------------------------------------------- */

static void append_label(GString *out, const guint8 *label, guint8 size) {
  if (out->len > 0)
    g_string_append_c(out, '.');
  for (guint8 i = 0; i < size; i++)
    if (label[i] > 0x20 && label[i] < 0x7f && label[i] != '.' && label[i] != '\\')
      g_string_append_c(out, (char)label[i]);
    else
      g_string_append_printf(out, "\\%03u", label[i]);
}

/* Pointers lead back only, so that reading ends; each one before the last. */
static bool read_name(AkReader *reader, char **out, GError **error) {
  g_autoptr(GString) name = g_string_new(NULL);
  AkReader at = *reader;
  gsize length = 1, bound = reader->position;
  bool jumped = false;
  for (;;) {
    guint8 size = 0, low = 0;
    const guint8 *label = NULL;
    if (!ak_reader_u8(&at, &size, error))
      return false;
    if (size >= 0xc0) {
      if (!ak_reader_u8(&at, &low, error))
        return false;
      gsize target = (gsize)(size & 0x3f) << 8 | low;
      if (!jumped)
        *reader = at;
      jumped = true;
      if (target >= bound)
        return ak_error_set(error, AK_ERROR_INVALID_DATA, "name: a pointer that does not lead back");
      bound = target;
      at.position = target;
      continue;
    }
    if (size > MAX_LABEL || (length += (gsize)size + 1) > MAX_NAME + 1)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "name: too long, or an unknown label");
    if (size == 0)
      break;
    if (!ak_reader_bytes(&at, size, &label, error))
      return false;
    append_label(name, label, size);
  }
  if (!jumped)
    *reader = at;
  *out = g_string_free(g_steal_pointer(&name), FALSE);
  return true;
}

/* --- records ---------------------------------------------------------------------------------------- */

static bool read_texts(AkReader *data, char **out, GError **error) {
  g_autoptr(GString) text = g_string_new(NULL);
  while (ak_reader_left(data) > 0) {
    guint8 size = 0;
    const guint8 *bytes = NULL;
    if (!ak_reader_u8(data, &size, error) || !ak_reader_bytes(data, size, &bytes, error))
      return false;
    if (text->len > 0)
      g_string_append_c(text, ' ');
    for (guint8 i = 0; i < size; i++)
      if (bytes[i] >= 0x20 && bytes[i] < 0x7f)
        g_string_append_c(text, (char)bytes[i]);
      else
        g_string_append_printf(text, "\\%03u", bytes[i]);
  }
  *out = g_string_free(g_steal_pointer(&text), FALSE);
  return true;
}

static bool read_address(AkReader *data, int family, gsize size, char **out, GError **error) {
  const guint8 *bytes = NULL;
  char text[INET6_ADDRSTRLEN];
  if (!ak_reader_bytes(data, size, &bytes, error))
    return false;
  if (ak_reader_left(data) > 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "an address of another length");
  *out = g_strdup(inet_ntop(family, bytes, text, sizeof text));
  return true;
}

/* `whole` stands at the data of `size` bytes: names in it may point anywhere before. */
static bool read_data(AkReader *whole, gsize size, AkDnsRecord *record, GError **error) {
  AkReader data;
  AkReader names = *whole;
  if (!ak_reader_sub(whole, size, &data, error))
    return false;
  switch (record->type) {
  case AK_DNS_A:
    return read_address(&data, AF_INET, 4, &record->text, error);
  case AK_DNS_AAAA:
    return read_address(&data, AF_INET6, 16, &record->text, error);
  case AK_DNS_TXT:
    return read_texts(&data, &record->text, error);
  case AK_DNS_PTR:
  case AK_DNS_NS:
  case AK_DNS_CNAME:
    if (!read_name(&names, &record->text, error))
      return false;
    return names.position == whole->position ||
           ak_error_set(error, AK_ERROR_INVALID_DATA, "a name of another length than its record");
  default:
    return true;
  }
}

static bool read_record(AkReader *reader, GPtrArray *records, GError **error) {
  g_autoptr(AkDnsRecord) record = g_new0(AkDnsRecord, 1);
  guint32 ttl = 0;
  guint16 size = 0;
  if (!read_name(reader, &record->name, error) || !ak_reader_u16be(reader, &record->type, error) ||
      !ak_reader_u16be(reader, &record->class, error) || !ak_reader_u32be(reader, &ttl, error) ||
      !ak_reader_u16be(reader, &size, error) || !read_data(reader, size, record, error))
    return false;
  record->class &= (guint16)~FLUSH;
  g_ptr_array_add(records, g_steal_pointer(&record));
  return true;
}

static bool read_sections(AkReader *reader, const guint16 *counts, AkDnsMessage *out,
                          GError **error) {
  if ((guint)counts[0] + counts[1] + counts[2] + counts[3] > MAX_RECORDS)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %d records", MAX_RECORDS);
  for (guint i = 0; i < counts[0]; i++) {
    g_autofree char *name = NULL;
    if (!read_name(reader, &name, error) || !ak_reader_skip(reader, 4, error))
      return false;
  }
  for (guint section = 1; section < 4; section++)
    for (guint i = 0; i < counts[section]; i++)
      if (!read_record(reader, section == 1 ? out->answers : out->others, error))
        return false;
  return true;
}

AkDnsMessage *ak_dns_parse(const void *data, gsize size, GError **error) {
  AkReader reader = ak_reader_init(data, size);
  g_autoptr(AkDnsMessage) self = g_new0(AkDnsMessage, 1);
  guint16 flags = 0, counts[4] = {0};
  self->answers = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
  self->others = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
  if (!ak_reader_u16be(&reader, &self->id, error) || !ak_reader_u16be(&reader, &flags, error))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
    if (!ak_reader_u16be(&reader, &counts[i], error))
      return NULL;
  self->response = (flags & 0x8000) != 0;
  self->authoritative = (flags & 0x0400) != 0;
  self->truncated = (flags & 0x0200) != 0;
  self->recursion_available = (flags & 0x0080) != 0;
  self->rcode = flags & 0x000f;
  return read_sections(&reader, counts, self, error) ? g_steal_pointer(&self) : NULL;
}

/* --- fuzzing ------------------------------------------------------------------------------------------ */

static void check_records(const GPtrArray *records) {
  for (guint i = 0; i < records->len; i++) {
    const AkDnsRecord *record = records->pdata[i];
    g_assert_true(g_str_is_ascii(record->name));
    g_assert_true(record->text == NULL || g_str_is_ascii(record->text));
    g_assert_cmpuint(strlen(record->name), <=, 4 * MAX_NAME);
  }
}

bool ak_proto_dns_fuzz(const guint8 *data, gsize size);
bool ak_proto_dns_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkDnsMessage) message = ak_dns_parse(data, size, NULL);
  if (message == NULL)
    return false;
  check_records(message->answers);
  check_records(message->others);
  return true;
}
