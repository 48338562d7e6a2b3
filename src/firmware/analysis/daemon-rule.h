/* Listening daemons as data: where their settings stand and which of them open a device
 * (data/firmware/daemons.json, docs/formats/daemons.md). Pure. */
#pragma once

#include "firmware/analysis/boot-service.h"

typedef struct _AkDaemons AkDaemons;

/* INVALID_DATA with the place where the data are none. */
AkDaemons *ak_daemons_new(GError **error);
AkDaemons *ak_daemons_read(const char *text, gsize size, GError **error);
void ak_daemons_free(AkDaemons *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkDaemons, ak_daemons_free)

/* By the name of a program, without its folder; NULL where no row has it. Borrowed. */
const AkBootService *ak_daemons_find(const AkDaemons *self, const char *name);
