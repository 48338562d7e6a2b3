#include "firmware/analysis/rpm-package.h"

#include <string.h>

#include "firmware/format/rpm-header.h"

#define MAX_VALUE_BYTES 128
#define MAX_FILES 100000
#define MAX_PATH_BYTES 4096

enum {
  TAG_NAME = 1000,
  TAG_VERSION = 1001,
  TAG_RELEASE = 1002,
  TAG_EPOCH = 1003,
  TAG_ARCH = 1022,
  TAG_DIR_INDEXES = 1116,
  TAG_BASE_NAMES = 1117,
  TAG_DIR_NAMES = 1118,
};

typedef struct {
  const guint8 *data;
  AkRpmHeader header;
} Blob;

/* A text of letters, digits and `more`; NULL where it is not there or something else. */
static char *text_of(const Blob *self, guint32 tag, const char *more) {
  gsize left = 0;
  guint32 type = 0;
  const guint8 *at = ak_rpm_header_find(self->data, &self->header, tag, &type, NULL, &left);
  const guint8 *end = at != NULL ? memchr(at, '\0', MIN(left, MAX_VALUE_BYTES + 1)) : NULL;
  if (end == NULL || end == at || type != AK_RPM_STRING)
    return NULL;
  for (const guint8 *c = at; c < end; c++)
    if (!g_ascii_isalnum(*c) && strchr(more, *c) == NULL)
      return NULL;
  return g_strndup((const char *)at, (gsize)(end - at));
}

static guint32 epoch_of(const Blob *self) {
  gsize left = 0;
  guint32 type = 0, epoch = 0;
  const guint8 *at = ak_rpm_header_find(self->data, &self->header, TAG_EPOCH, &type, NULL, &left);
  AkReader reader = ak_reader_init(at, at != NULL && type == AK_RPM_INT32 ? left : 0);
  return ak_reader_u32be(&reader, &epoch, NULL) ? epoch : 0;
}

/* --- its files: base names, each with the number of its folder ---------------------------------
 */

/* The texts of a tag, borrowed; empty where it is not there or not proper. */
static GPtrArray *texts_of(const Blob *self, guint32 tag) {
  gsize left = 0;
  guint32 type = 0, count = 0;
  const guint8 *at = ak_rpm_header_find(self->data, &self->header, tag, &type, &count, &left);
  GPtrArray *texts = g_ptr_array_new();
  if (at == NULL || type != AK_RPM_STRING_ARRAY || count > MAX_FILES)
    return texts;
  for (guint32 i = 0; i < count; i++) {
    const guint8 *end = memchr(at, '\0', left);
    if (end == NULL)
      break;
    g_ptr_array_add(texts, (gpointer)at);
    left -= (gsize)(end - at) + 1;
    at = end + 1;
  }
  return texts;
}

static GPtrArray *files_of(const Blob *self) {
  GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) names = texts_of(self, TAG_BASE_NAMES),
                       folders = texts_of(self, TAG_DIR_NAMES);
  gsize left = 0;
  guint32 type = 0, folder = 0;
  const guint8 *at =
      ak_rpm_header_find(self->data, &self->header, TAG_DIR_INDEXES, &type, NULL, &left);
  AkReader reader = ak_reader_init(at, at != NULL && type == AK_RPM_INT32 ? left : 0);
  for (guint i = 0; i < names->len && ak_reader_u32be(&reader, &folder, NULL); i++) {
    if (folder >= folders->len ||
        strlen(folders->pdata[folder]) + strlen(names->pdata[i]) > MAX_PATH_BYTES)
      continue;
    g_ptr_array_add(files, g_strconcat(folders->pdata[folder], names->pdata[i], NULL));
  }
  return files;
}

AkPackage *ak_rpm_package_read(const guint8 *data, gsize size, bool *is_none) {
  Blob blob = {.data = data};
  *is_none = false;
  if (!ak_rpm_header_read(data, size, 0, &blob.header) || blob.header.end > size)
    return NULL;
  g_autofree char *name = text_of(&blob, TAG_NAME, "+.-_");
  g_autofree char *version = text_of(&blob, TAG_VERSION, "+._~^");
  g_autofree char *release = text_of(&blob, TAG_RELEASE, "+._~^");
  *is_none = g_strcmp0(name, "gpg-pubkey") == 0;
  if (*is_none || name == NULL || version == NULL || release == NULL)
    return NULL;
  guint32 epoch = epoch_of(&blob);
  g_autofree char *before = epoch > 0 ? g_strdup_printf("%u:", epoch) : g_strdup("");
  char *architecture = text_of(&blob, TAG_ARCH, "-_");
  AkPackage *package = g_new0(AkPackage, 1);
  *package = (AkPackage){.name = g_steal_pointer(&name),
                         .version = g_strdup_printf("%s%s-%s", before, version, release),
                         .architecture = architecture != NULL ? architecture : g_strdup(""),
                         .files = files_of(&blob)};
  return package;
}

bool ak_firmware_rpm_package_fuzz(const guint8 *data, gsize size) {
  bool is_none = false;
  AkPackage *package = ak_rpm_package_read(data, size, &is_none);
  bool is_one = package != NULL;
  if (is_one)
    g_assert_cmpuint(package->files->len, <=, MAX_FILES);
  ak_package_free(package);
  return is_one;
}
