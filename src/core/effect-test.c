#include "core/effect.h"

static AkEffectCase *sample(const char *id, const char *bytes) {
  AkEffectCase *self = g_new0(AkEffectCase, 1);
  self->id = g_strdup(id);
  self->base = g_strdup("a");
  self->source = g_strdup("here");
  self->licence = g_strdup("Apache-2.0");
  self->bytes = g_bytes_new(bytes, strlen(bytes));
  return self;
}

static AkEffectCorpus *corpus(const char *first, const char *second, const char *bytes) {
  AkEffectCorpus *self = ak_effect_corpus_new("small", AK_EFFECT_LINE);
  g_ptr_array_add(self->cases, sample(first, "{}"));
  g_ptr_array_add(self->cases, sample(second, bytes));
  return self;
}

static void test_digest(void) {
  g_autoptr(AkEffectCorpus) one = corpus("a", "a~1", "[]");
  g_autoptr(AkEffectCorpus) turned = corpus("a~1", "a", "{}");
  g_autoptr(AkEffectCorpus) other = corpus("a", "a~1", "[1]");
  g_bytes_unref(((AkEffectCase *)turned->cases->pdata[0])->bytes);
  ((AkEffectCase *)turned->cases->pdata[0])->bytes = g_bytes_new_static("[]", 2);
  g_assert_true(ak_effect_corpus_close(one, NULL));
  g_assert_true(ak_effect_corpus_close(turned, NULL));
  g_assert_true(ak_effect_corpus_close(other, NULL));
  g_assert_true(ak_digest_equal(&one->digest, &turned->digest));
  g_assert_false(ak_digest_equal(&one->digest, &other->digest));
  g_assert_cmpstr(((AkEffectCase *)turned->cases->pdata[0])->id, ==, "a");
}

static void test_twice(void) {
  g_autoptr(AkEffectCorpus) twice = corpus("a", "a", "[]");
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_effect_corpus_close(twice, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFLICT);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/core/effect/digest", test_digest);
  g_test_add_func("/core/effect/twice", test_twice);
  return g_test_run();
}
