/* Hash tables keyed by texts that others chose: GLib's g_str_hash has no seed, so that texts can be
 * made that all fall into one slot. */
#pragma once

#include <glib.h>

/* A GHashFunc of a text. The seed is drawn once in a process: what a table holds may depend on
 * nothing but its keys, so sort before anything is shown. Any thread. */
guint ak_hash_text(gconstpointer text);
