/* Blocks of a script: if, case, groups and functions. */
#include "firmware/analysis/boot-words-state.h"

#include <string.h>

static AkBootBlock *top(AkBootWords *self) {
  return self->depth > 0 && self->depth <= AK_BOOT_MAX_BLOCKS ? &self->blocks[self->depth - 1]
                                                              : NULL;
}

void ak_boot_words_push(AkBootWords *self, AkBootBlock block) {
  if (self->depth++ >= AK_BOOT_MAX_BLOCKS) {
    g_free(block.path);
    return;
  }
  g_free(top(self)->path);
  *top(self) = block;
}

static void pop(AkBootWords *self, bool is_case) {
  AkBootBlock *block = top(self);
  if (self->depth > 0 && (block == NULL || block->is_case == is_case))
    self->depth--;
}

static void forget_path(AkBootBlock *block) {
  if (block != NULL) {
    g_clear_pointer(&block->path, g_free);
    block->is_unknown = true;
  }
}

/* Where one test alone of a path stood behind the if, that is its condition. */
static void begin_then(AkBootWords *self) {
  AkBootBlock *block = top(self);
  if (block != NULL && self->in_condition && self->tests == 1 &&
      (self->test != NULL || self->holds != AK_BOOT_MAYBE)) {
    block->path = g_steal_pointer(&self->test);
    block->holds = self->holds;
    block->is_unknown = false;
  }
  self->in_condition = false;
}

/* Behind an else that is gone into where the condition does not hold; behind an elif nobody knows.
 */
static void begin_else(AkBootWords *self, bool is_last) {
  AkBootBlock *block = top(self);
  AkBootHolds before = block != NULL ? block->holds : AK_BOOT_MAYBE;
  forget_path(block);
  if (block == NULL)
    return;
  block->holds = before == AK_BOOT_ALWAYS             ? AK_BOOT_NEVER
                 : before == AK_BOOT_NEVER && is_last ? AK_BOOT_ALWAYS
                                                      : AK_BOOT_MAYBE;
  block->is_unknown = block->holds == AK_BOOT_MAYBE;
}

/* The case of starting is always gone into. Source: LSB, init script actions; OpenWrt, rc.common.
 */
static bool is_start_label(const GPtrArray *labels) {
  for (guint i = 0; i < labels->len; i++)
    if (ak_boot_words_is_start(labels->pdata[i]) || *(const char *)labels->pdata[i] == '\0')
      return true;
  return false;
}

bool ak_boot_words_take_keyword(AkBootLine *line, const char *word) {
  static const char *const plain[] = {"do", "done", NULL};
  AkBootWords *self = line->self;
  if (line->words->len > 0)
    return false;
  AkBootHolds before = line->holds;
  line->holds = AK_BOOT_MAYBE; /* what a block ends with is not followed */
  if (strcmp(word, "if") == 0) {
    ak_boot_words_push(self, (AkBootBlock){.is_unknown = true});
    self->in_condition = true;
    self->tests = 0;
    g_clear_pointer(&self->test, g_free);
  } else if (strcmp(word, "then") == 0) {
    begin_then(self);
  } else if (strcmp(word, "else") == 0 || strcmp(word, "elif") == 0) {
    begin_else(self, word[2] == 's');
  } else if (strcmp(word, "fi") == 0 || strcmp(word, "esac") == 0) {
    pop(self, *word == 'e');
  } else if (!g_strv_contains(plain, word)) {
    line->holds = before;
    return false;
  }
  return true;
}

/* A group behind && or || is a block, and a function's body. */
static void begin_group(AkBootLine *line) {
  AkBootWords *self = line->self;
  guint paths = line->chain->len;
  bool is_block = line->is_chained || line->is_never || paths > 0;
  if (is_block)
    ak_boot_words_push(self, (AkBootBlock){
                                 .is_unknown = line->is_chained,
                                 .holds = line->is_never ? AK_BOOT_NEVER : AK_BOOT_MAYBE,
                                 .path = paths > 0 ? g_strdup(line->chain->pdata[paths - 1]) : NULL,
                             });
  self->groups = self->groups << 1 | is_block;
  if (self->pending != NULL) {
    g_free(self->function);
    self->function = g_steal_pointer(&self->pending);
    self->function_braces = self->braces;
  }
  self->braces++;
}

static void end_group(AkBootWords *self) {
  if ((self->groups & 1) != 0)
    pop(self, false);
  self->groups >>= 1;
  if (self->braces > 0 && --self->braces <= self->function_braces)
    g_clear_pointer(&self->function, g_free);
}

void ak_boot_words_take_brace(AkBootLine *line, char brace) {
  if (brace == '{')
    begin_group(line);
  else
    end_group(line->self);
}

bool ak_boot_words_take_label(AkBootLine *line, const char *text, gsize *at) {
  AkBootBlock *block = top(line->self);
  if (block == NULL || !block->is_case)
    return false;
  if (text[*at] == ';' && text[*at + 1] == ';') {
    ak_boot_words_end_command(line);
    block->in_label = true;
    *at += 2;
    return true;
  }
  if (!block->in_label || strchr("()|", text[*at]) == NULL)
    return false;
  if (text[*at] == ')') {
    block->is_unknown = !is_start_label(line->words);
    block->in_label = false;
    g_ptr_array_set_size(line->words, 0);
  }
  (*at)++;
  return true;
}
