/* Contents by name, for entries of an archive that share one: hard links. Names are hostile, so
 * they are kept by digest. */
#pragma once

#include "util/error.h"

typedef struct {
  GHashTable *contents; /* hex digest of the name → its GBytes; created at the first */
} AkLinks;

void ak_links_keep(AkLinks *self, const char *name, GBytes *content);
/* The content of the name that was kept last, or NULL. Caller frees. */
GBytes *ak_links_find(const AkLinks *self, const char *name);
void ak_links_clear(AkLinks *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkLinks, ak_links_clear)
