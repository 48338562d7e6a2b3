/* Why something in an image was not seen in full, in the reader's language.
 *
 * Records hold these reasons in English, as firmware/ says them. The texts "reason.*" in data/text
 * are what is known of them, and the only place to add one: the English text is the pattern that is
 * looked for, the Japanese one what stands for it. A pattern's %u are digits, %d digits with a
 * sign, %x hexadecimal digits, %s anything; a %s at the end is a reason by itself.
 *
 *   reason.is.*      a reason: "this file's blocks are damaged"
 *   reason.of.*      what stands before one and ": ": "inode %u"
 *   reason.behind.*  what stands behind one: "%s at %u"
 */
#pragma once

#include "util/text.h"

/* `reason` as a node of a tree, an analysis or firmware/unpack/gaps.h says it. Names of formats,
 * paths and whatever is not known stay as they are. Caller frees. Any thread. */
char *ak_reason_text(AkLang lang, const char *reason);

/* A text of the value of an observation, or of its set: what was seen as it is, but of a `property`
 * whose values are sentences of akashi's own; why something was not seen as ak_reason_text tells
 * it. Caller frees. Any thread. */
char *ak_reason_value_text(AkLang lang, const char *property, bool is_seen, const char *text);
