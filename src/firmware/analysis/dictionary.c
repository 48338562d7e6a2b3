#include "firmware/analysis/dictionary.h"

#include <gio/gio.h>
#include <string.h>

#include "firmware/analysis/crypt-hash.h"

#define LIST_CREDENTIALS "/akashi/lists/default-credentials.txt"
#define LIST_PASSWORDS "/akashi/lists/common-passwords.txt"

struct _AkDictionary {
  GPtrArray *words; /* of char *, without doubles */
  guint64 work_left;
};

static void add_word(GPtrArray *words, const char *word) {
  for (guint i = 0; i < words->len; i++)
    if (strcmp(words->pdata[i], word) == 0)
      return;
  g_ptr_array_add(words, g_strdup(word));
}

/* Of lines "name:password" the password; empty lines and comments say nothing. */
static void load(GPtrArray *words, const char *resource, bool has_names) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data(resource, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *text = g_strndup(data != NULL ? data : "", size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    const char *colon = has_names ? strchr(*line, ':') : NULL;
    const char *word = colon != NULL ? colon + 1 : *line;
    if (*word != '\0' && **line != '#' && (colon != NULL || !has_names))
      add_word(words, word);
  }
}

AkDictionary *ak_dictionary_new(guint64 work) {
  AkDictionary *self = g_new0(AkDictionary, 1);
  self->words = g_ptr_array_new_with_free_func(g_free);
  self->work_left = work;
  load(self->words, LIST_CREDENTIALS, true);
  load(self->words, LIST_PASSWORDS, false);
  return self;
}

void ak_dictionary_free(AkDictionary *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->words);
  g_free(self);
}

/* What people make of an account's name, and the list; the empty password has a hash too. */
static GPtrArray *words_for(const AkDictionary *self, const char *account) {
  static const char *const endings[] = {"", "1", "12", "123", "1234", "12345", "@123"};
  GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
  add_word(words, "");
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
    g_autofree char *word = g_strconcat(account, endings[i], NULL);
    add_word(words, word);
  }
  for (guint i = 0; i < self->words->len; i++)
    add_word(words, self->words->pdata[i]);
  return words;
}

AkDictionaryAnswer ak_dictionary_try(AkDictionary *self, AkSink *sink, const char *account,
                                     const char *text) {
  AkCryptHash hash;
  if (!ak_crypt_hash_read(text, &hash) || hash.cost == 0)
    return AK_DICTIONARY_UNTRIED;
  g_autoptr(GPtrArray) words = words_for(self, account);
  for (guint i = 0; i < words->len; i++) {
    if (hash.cost > self->work_left || !ak_sink_spend(sink, AK_SPEND_ATTEMPTS, 1, NULL))
      return AK_DICTIONARY_CUT;
    self->work_left -= hash.cost;
    if (ak_crypt_hash_matches(text, words->pdata[i]))
      return AK_DICTIONARY_KNOWN;
  }
  return AK_DICTIONARY_UNKNOWN;
}
