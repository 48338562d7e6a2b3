/* A bounded try of well-known passwords at hashes. */
#pragma once

#include "core/sink.h"

typedef struct _AkDictionary AkDictionary;

/* The passwords of data/lists: default-credentials.txt and common-passwords.txt. `work` bounds all
 * attempts together, in the unit of AkCryptHash.cost. */
AkDictionary *ak_dictionary_new(guint64 work);
void ak_dictionary_free(AkDictionary *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkDictionary, ak_dictionary_free)

typedef enum {
  AK_DICTIONARY_KNOWN,   /* a well-known password gives the hash */
  AK_DICTIONARY_UNKNOWN, /* none of them does */
  AK_DICTIONARY_UNTRIED, /* the scheme or its settings are not tried */
  AK_DICTIONARY_CUT,     /* the work allowed for all hashes together is used up */
} AkDictionaryAnswer;

/* Tries every word, and words made of the account's name, at `hash`. The work of all calls together
 * is bounded by amount (the same image gives the same answer) and by the attempts of `sink`. */
AkDictionaryAnswer ak_dictionary_try(AkDictionary *self, AkSink *sink, const char *account,
                                     const char *hash);
