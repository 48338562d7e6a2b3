/* Values that are pasted into a shell's command line. No command is run: the line is read as a
 * shell reads it, and what counts is whether more than the intended command would run. Source:
 * POSIX.1-2017, Shell Command Language, 2.2, 2.3, 2.6.3, 2.10. */
#include <string.h>

#include "effect/target/weakness.h"

enum { MAX_DEPTH = 8 };

typedef struct {
  const char *at;
  guint commands;      /* that have a word */
  guint substitutions; /* that have a word */
  guint redirections;
  bool has_word;  /* in the command under way */
  bool is_inside; /* a word */
  bool is_broken; /* a quote or a bracket that nothing closes: the shell runs nothing */
  guint depth;
} Line;

static void read_line(Line *self, char until);

/* $( … ) or ` … `, from behind its begin. */
static void read_substitution(Line *self, char until) {
  Line inner = {.at = self->at, .depth = self->depth + 1};
  if (inner.depth <= MAX_DEPTH)
    read_line(&inner, until);
  self->is_broken |= inner.is_broken || inner.depth > MAX_DEPTH || *inner.at != until;
  self->substitutions += inner.commands + inner.substitutions > 0;
  self->at = *inner.at == until ? inner.at + 1 : inner.at;
  self->has_word = true;
}

/* Is this the begin of a substitution? Reads it. */
static bool take_substitution(Line *self, char until) {
  if (*self->at == '`' && until != '`') {
    self->at++;
    read_substitution(self, '`');
    return true;
  }
  if (self->at[0] == '$' && self->at[1] == '(') {
    self->at += 2;
    read_substitution(self, ')');
    return true;
  }
  return false;
}

static void read_quotes(Line *self, char quote, char until) {
  self->has_word = self->is_inside = true;
  for (self->at++; *self->at != '\0' && *self->at != quote;) {
    if (quote == '"' && *self->at == '\\' && self->at[1] != '\0')
      self->at += 2;
    else if (quote == '\'' || !take_substitution(self, until))
      self->at++;
  }
  self->is_broken |= *self->at != quote;
  self->at += *self->at == quote;
}

static void end_command(Line *self) {
  self->commands += self->has_word;
  self->has_word = self->is_inside = false;
  self->at++;
}

/* ${IFS} and $IFS are white space. */
static bool take_white(Line *self) {
  static const char *const white[] = {"${IFS}", "$IFS"};
  for (gsize i = 0; i < G_N_ELEMENTS(white); i++)
    if (g_str_has_prefix(self->at, white[i])) {
      self->at += strlen(white[i]);
      return true;
    }
  if (*self->at != ' ' && *self->at != '\t')
    return false;
  self->at++;
  return true;
}

static void read_line(Line *self, char until) {
  while (*self->at != '\0' && *self->at != until && !self->is_broken) {
    if (take_white(self)) {
      self->is_inside = false;
      continue;
    }
    if (take_substitution(self, until))
      continue;
    char byte = *self->at;
    if (byte == '\'' || byte == '"') {
      read_quotes(self, byte, until);
    } else if (strchr(";|&\n", byte) != NULL) {
      end_command(self);
    } else if (byte == '>' || byte == '<') {
      self->redirections++;
      self->at++;
    } else if (byte == '#' && !self->is_inside) {
      self->at += strcspn(self->at, "\n");
    } else {
      self->at += byte == '\\' && self->at[1] != '\0' ? 2 : 1;
      self->has_word = self->is_inside = true;
    }
  }
  self->commands += self->has_word;
}

static bool runs_more(AkTargetCall *call, const char *before, const char *after) {
  g_autofree char *text = g_strconcat(before, call->value->str, after, NULL);
  Line line = {.at = text};
  read_line(&line, '\0');
  g_string_append(call->page, "1 packet received");
  return !line.is_broken && (line.commands > 1 || line.substitutions > 0 || line.redirections > 0);
}

bool ak_weakness_command(AkTargetCall *call) {
  return runs_more(call, "ping -c 1 ", "");
}

bool ak_weakness_command_quoted(AkTargetCall *call) {
  return runs_more(call, "nslookup '", "'");
}

/* A shell that takes functions from its environment runs what stands behind one. Source:
 * CVE-2014-6271, CVE-2014-6278. */
bool ak_weakness_function(AkTargetCall *call) {
  const char *text = call->value->str;
  g_string_append(call->page, "ok");
  const char *end = g_str_has_prefix(text, "() {") ? strchr(text, '}') : NULL;
  return end != NULL && strpbrk(end + 1, "abcdefghijklmnopqrstuvwxyz") != NULL;
}
