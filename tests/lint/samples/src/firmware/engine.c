#include "net/net.h" /* wants direction */
#include "probe/ports.h" /* wants direction */
#include "util/reader.h"
