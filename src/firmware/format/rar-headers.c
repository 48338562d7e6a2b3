#include "firmware/format/rar-headers.h"

#define MAX_ENTRIES 200000u

void ak_rar_entry_clear(AkRarEntry *self) {
  g_free(self->name);
  g_free(self->target);
  *self = (AkRarEntry){0};
}

void ak_rar_clear(AkRar *self) {
  g_clear_pointer(&self->entries, g_array_unref);
  g_free(self->cut);
}

void ak_rar_cut(AkRar *self, const char *format, ...) {
  va_list arguments;
  if (self->cut != NULL)
    return;
  va_start(arguments, format);
  self->cut = g_strdup_vprintf(format, arguments);
  va_end(arguments);
}

bool ak_rar_add(AkRar *self, AkRarEntry entry) {
  if (self->entries->len < MAX_ENTRIES) {
    g_array_append_val(self->entries, entry);
    return true;
  }
  ak_rar_entry_clear(&entry);
  ak_rar_cut(self, "more than %u entries", MAX_ENTRIES);
  return false;
}

bool ak_rar_place(const AkRar *self, gsize at, guint64 packed, gsize *there) {
  *there = (gsize)MIN(packed, self->size - at);
  return packed <= self->size - at;
}

bool ak_rar_begins(const guint8 *data, gsize size) {
  return ak_rar_four_begins(data, size) || ak_rar_five_begins(data, size);
}

bool ak_rar_read(AkRar *self, const guint8 *data, gsize size, GError **error) {
  *self = (AkRar){.data = data, .size = size, .is_five = ak_rar_five_begins(data, size)};
  self->entries = g_array_new(FALSE, FALSE, sizeof(AkRarEntry));
  g_array_set_clear_func(self->entries, (GDestroyNotify)ak_rar_entry_clear);
  if (!self->is_five && !ak_rar_four_begins(data, size))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  if (self->is_five)
    ak_rar_five_read(self);
  else
    ak_rar_four_read(self);
  return true;
}
