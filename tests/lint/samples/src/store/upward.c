#include "store/db.h"
#include "util/error.h"
#include "log/log.h" /* wants direction */
#include "verify/run/state.h" /* wants direction */
#include "app/projection.h" /* wants direction */
