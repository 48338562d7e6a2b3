/* A small application that is deliberately weak: what an attack does is done to it, and it alone
 * says whether the effect happened. It harms nothing: its database is in memory and taken back
 * after each request, its shell runs no command, its files are a list of names, and it fetches no
 * address.
 *
 * Pure: the bytes of a request go in, those of an answer come out. */
#pragma once

#include <jansson.h>

#include "util/error.h"

typedef struct _AkTarget AkTarget;

/* `data`: data/effect/target.json; it is held. */
AkTarget *ak_target_new(json_t *data, GError **error);
void ak_target_free(AkTarget *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkTarget, ak_target_free)

/* Of every answer: a product in front gave those that lack it. */
#define AK_TARGET_HEADER "X-Akashi-Target"

/* Appends the whole answer to `answer`, and to `effects` the names of the weaknesses that had their
 * effect, each with a space behind it: "sql ". `case_name` gets the header X-Akashi-Case (caller
 * frees), NULL where the request has none. What is no request gets a 400. */
void ak_target_answer(AkTarget *self, const char *request, gsize size, GString *answer,
                      GString *effects, char **case_name);

/* Names of all weaknesses, sorted; ends with NULL; caller frees. */
GStrv ak_target_weaknesses(void);

bool ak_effect_target_fuzz(const guint8 *data, gsize size);
