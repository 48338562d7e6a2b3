#include "firmware/analysis/kernel-module.h"

#include <string.h>

#include "core/value.h"
#include "firmware/analysis/elf-read.h"

#define MAX_TEXT_BYTES 256

#define SIGNATURE_MARK "~Module signature appended~\n"
#define TRAILER_SIZE 12 /* algorithm, hash, kind, two lengths, three unused, length of all */
enum { KIND_PGP, KIND_X509, KIND_PKCS7, KINDS };

void ak_kernel_module_clear(AkKernelModule *self) {
  g_clear_pointer(&self->name, g_free);
  g_clear_pointer(&self->version, g_free);
  g_clear_pointer(&self->vermagic, g_free);
  g_clear_pointer(&self->license, g_free);
  g_clear_pointer(&self->depends, g_free);
  g_clear_pointer(&self->signature, g_free);
}

static const struct {
  const char *word;
  gsize place;
} fields[] = {
    {"name=", offsetof(AkKernelModule, name)},
    {"version=", offsetof(AkKernelModule, version)},
    {"vermagic=", offsetof(AkKernelModule, vermagic)},
    {"license=", offsetof(AkKernelModule, license)},
    {"depends=", offsetof(AkKernelModule, depends)},
};

/* The first of a kind counts. */
static void read_text(AkKernelModule *self, const char *text, gsize length) {
  static const char in_tree[] = "intree=Y";
  if (length == sizeof in_tree - 1 && memcmp(text, in_tree, length) == 0)
    self->is_in_tree = true;
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
    gsize size = strlen(fields[i].word);
    char **place = (char **)((char *)self + fields[i].place);
    if (length <= size || memcmp(text, fields[i].word, size) != 0 || *place != NULL)
      continue;
    AkValue clean = ak_value_text_from_bytes(text + size, length - size, MAX_TEXT_BYTES);
    *place = clean.text;
  }
}

static void read_texts(AkKernelModule *self, AkReader section) {
  const guint8 *at = section.data, *end = section.data + section.size;
  while (at < end) {
    const guint8 *stop = memchr(at, '\0', (gsize)(end - at));
    gsize length = (gsize)((stop != NULL ? stop : end) - at);
    if (length > 0)
      read_text(self, (const char *)at, length);
    at += length + 1;
  }
}

/* The trailer stands right before the mark; its lengths and the signature fit into the file. */
static char *signature_of(const guint8 *data, gsize size) {
  static const char *const kinds[KINDS] = {"PGP", "X.509", "PKCS#7"};
  gsize mark = sizeof SIGNATURE_MARK - 1;
  if (size < mark + TRAILER_SIZE || memcmp(data + size - mark, SIGNATURE_MARK, mark) != 0)
    return NULL;
  gsize before = size - mark - TRAILER_SIZE;
  AkReader reader = ak_reader_init(data + before, TRAILER_SIZE);
  guint8 kind = 0, signer = 0, key = 0;
  guint32 length = 0;
  bool is_read = ak_reader_skip(&reader, 2, NULL) && ak_reader_u8(&reader, &kind, NULL) &&
                 ak_reader_u8(&reader, &signer, NULL) && ak_reader_u8(&reader, &key, NULL) &&
                 ak_reader_skip(&reader, 3, NULL) && ak_reader_u32be(&reader, &length, NULL);
  return is_read && kind < KINDS && length > 0 && (guint64)length + signer + key <= before
             ? g_strdup(kinds[kind])
             : NULL;
}

bool ak_kernel_module_read(const guint8 *data, gsize size, AkKernelModule *out) {
  g_auto(AkElf) elf = {0};
  AkReader section;
  *out = (AkKernelModule){0};
  if (!ak_elf_open(&elf, data, size, NULL) || elf.type != AK_ELF_TYPE_REL ||
      !ak_elf_section(&elf, ".modinfo", &section))
    return false;
  read_texts(out, section);
  if (out->vermagic == NULL) {
    ak_kernel_module_clear(out);
    return false;
  }
  out->signature = signature_of(data, size);
  out->offset = (gsize)(section.data - data);
  out->length = section.size;
  return true;
}

char *ak_kernel_module_release(const AkKernelModule *self) {
  return g_strndup(self->vermagic, strcspn(self->vermagic, " "));
}

bool ak_firmware_kernel_module_fuzz(const guint8 *data, gsize size) {
  g_auto(AkKernelModule) module = {0};
  if (!ak_kernel_module_read(data, size, &module))
    return false;
  g_assert_cmpuint(module.offset + module.length, <=, size);
  return true;
}
