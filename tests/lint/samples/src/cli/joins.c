#include "app/verify.h"
#include "log/log.h" /* wants direction */
#include "probe/ports.h" /* wants direction */
#include "store/db.h" /* wants direction */
