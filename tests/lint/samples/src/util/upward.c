#include "util/error.h"
#include "core/value.h" /* wants direction */
#include "glib.h" /* wants include-path */
#include "../core/value.h" /* wants include-path */
#include <glib.h>
/* #include "web/server.h" in a comment is none */
