#include "core/test.h"
#include "firmware/unpack/tree.h" /* wants direction */
#include "net/net.h"
#include "proto/http.h"
#include "store/db.h" /* wants direction */
#  include "sandbox/worker.h" /* wants direction */
