/* Rules of YARA that the user wrote: compiled from their text, without includes, and looked for in
 * bytes. Source: YARA 4.2, libyara's API ("The C API"). Not for several threads. */
#pragma once

#include "util/error.h"

#define AK_YARA_MAX_SOURCE (4u * 1024 * 1024)

typedef struct _AkYaraRules AkYaraRules;

/* Loads libyara, before a worker is locked in. */
bool ak_yara_rules_preload(GError **error);

/* NULL with CONFIG and the line where the text is no rules, includes another file, or imports a
 * module that opens files or knows nothing of bytes ("magic", "cuckoo"). */
AkYaraRules *ak_yara_rules_new(const char *source, GError **error);
/* Of what the above said of rules that stand in the file `where`: "own.yar:3: syntax error". Caller frees. */
char *ak_yara_rules_place(const char *where, const char *reason);
void ak_yara_rules_free(AkYaraRules *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkYaraRules, ak_yara_rules_free)

guint ak_yara_rules_count(const AkYaraRules *self);

/* A rule that holds of the bytes. Texts are the rule's own, escaped. */
typedef struct {
  char *rule;
  char *severity;       /* of its meta data; NULL: it names none */
  char *description;    /* likewise */
  char *string;         /* name of the first string that was found, "$a"; NULL: none decides */
  gsize offset, length; /* of it; 0 and the bytes' size without one */
  guint strings;        /* found all together, as far as they were counted */
} AkYaraMatch;
void ak_yara_match_free(AkYaraMatch *self);

/* The rules that hold of `data`, in the order of the file: GPtrArray of AkYaraMatch. `cut` gets why
 * there may be others, or NULL. Static text. */
GPtrArray *ak_yara_rules_find(AkYaraRules *self, const guint8 *data, gsize size, guint seconds,
                              const char **cut);
