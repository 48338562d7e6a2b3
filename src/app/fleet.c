#include "app/fleet.h"

#include <malloc.h>
#include <string.h>
#include <sys/resource.h>

#include "app/product-rules.h"
#include "exchange/product-yaml.h"

#define JOBS_OF_A_RUN 4   /* tests of one product at a time, as if it were alone */
#define MAX_AT_DESK 2     /* runs that are planned or judged at a time */
#define MAX_ARENAS 2      /* measured: with one a thread ten runs take 116 MiB, with two 56 */
#define MAX_FILES 2       /* images that are analysed at a time */
#define LOOK_US 200000    /* how often it is looked whether all are to stop */

void ak_fleet_item_free(AkFleetItem *self) {
  g_free(self->path);
  g_free(self->run_id);
  g_free(self);
}

/* --- what is asked of each product ------------------------------------------------------------ */

static const char *name_of(const AkFleetItem *item) {
  return item->path != NULL ? item->path : item->run_id;
}

/* The product, and the namespace that its run enters (caller frees), or NULL. */
static AkProduct *product_of(AkWorkspace *workspace, const AkFleetItem *item,
                             const AkVerifyOptions *options, char **namespace, GError **error) {
  AkProduct *product = NULL;
  g_autoptr(AkRunView) view = NULL;
  const char *given = options->network_namespace;
  *namespace = NULL;
  if (item->path != NULL) {
    product = ak_product_rules_product(item->path, error);
  } else if ((view = ak_workspace_run(workspace, item->run_id, error)) != NULL) {
    given = ak_json_string_or(json_object_get(view->state->planned, "options"),
                              "network_namespace", NULL);
    product = ak_app_run_product(workspace, view->state, error);
  }
  if (product != NULL)
    *namespace = g_strdup(ak_app_verify_namespace(product, given));
  return product;
}

/* Two runs at once on one device would each see what the other does to it. */
static void check_addresses(const AkProduct *product, const char *namespace, const char *name,
                            GHashTable *owners, GString *problems) {
  for (guint i = 0; i < product->interfaces->len; i++) {
    const AkInterface *interface = product->interfaces->pdata[i];
    for (char **address = interface->addresses; address != NULL && *address != NULL; address++) {
      g_autofree char *place =
          g_strdup_printf("%s %s", namespace != NULL ? namespace : "", *address);
      const char *owner = g_hash_table_lookup(owners, place);
      if (owner == NULL)
        g_hash_table_insert(owners, g_steal_pointer(&place), g_strdup(name));
      else if (strcmp(owner, name) != 0)
        g_string_append_printf(problems, "%s and %s: both are about %s; verify them one after "
                               "the other\n", owner, name, *address);
    }
  }
}

bool ak_app_fleet_check(AkWorkspace *workspace, const GPtrArray *items,
                        const AkFleetOptions *options, GError **error) {
  g_autoptr(GHashTable) owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GString) problems = g_string_new(NULL);
  for (guint i = 0; i < items->len; i++) {
    const AkFleetItem *item = items->pdata[i];
    g_autoptr(GError) failure = NULL;
    g_autofree char *namespace = NULL;
    g_autoptr(AkProduct) product =
        product_of(workspace, item, &options->verify, &namespace, &failure);
    if (product == NULL)
      g_string_append_printf(problems, "%s\n", failure->message);
    else
      check_addresses(product, namespace, name_of(item), owners, problems);
  }
  if (problems->len == 0)
    return true;
  g_string_truncate(problems, problems->len - 1);
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "nothing was started:\n%s", problems->str);
}

/* --- side by side ------------------------------------------------------------------------------ */

typedef struct {
  AkWorkspace *workspace;
  const AkFleetOptions *options;
  AkVerifyOptions verify; /* of each run */
  AkVerifyShare share;
  guint total_rate;
  GHashTable *ids; /* run ids that were given out */
  GMutex lock;     /* guards what follows, and `ended` */
  GCond left;
  guint active, active_rate;
} Fleet;

typedef struct {
  Fleet *fleet;
  guint index, rate;
  const AkFleetItem *item;
  char *run_id;
} Member;

static bool is_cancelled(const Fleet *self) {
  return self->verify.cancelled != NULL && self->verify.cancelled(self->verify.cancelled_data);
}

static void tell(Fleet *self, const AkFleetMember *member) {
  g_mutex_lock(&self->lock);
  if (self->options->ended != NULL)
    self->options->ended(self->options->ended_data, member);
  g_mutex_unlock(&self->lock);
}

static bool verify(Member *self, AkVerifyResult *result, GError **error) {
  AkVerifyOptions options = self->fleet->verify;
  AkWorkspace *workspace = self->fleet->workspace;
  options.run_id = self->run_id;
  if (self->item->run_id != NULL)
    return ak_app_verify_resume(workspace, self->item->run_id, &options, result, error);
  g_autoptr(AkProduct) product = ak_product_read(self->item->path, error);
  return product != NULL && ak_app_verify(workspace, product, &options, result, error);
}

static bool deliver(Member *self, const AkVerifyResult *result, AkDelivery *out, GError **error) {
  if (!result->finished)
    return true;
  ak_gate_enter(&self->fleet->share.desk);
  bool ok = ak_app_deliver(self->fleet->workspace, result->run_id, result->first_record,
                           self->fleet->verify.rules_dir, out, error);
  ak_gate_leave(&self->fleet->share.desk);
  return ok;
}

static gpointer member_run(gpointer data) {
  Member *self = data;
  Fleet *fleet = self->fleet;
  gint64 begin_us = g_get_monotonic_time();
  g_auto(AkVerifyResult) result = {0};
  g_auto(AkDelivery) delivery = {0};
  g_autoptr(GError) failure = NULL;
  bool ok = verify(self, &result, &failure) && deliver(self, &result, &delivery, &failure);
  AkFleetMember told = {.index = self->index,
                        .item = self->item,
                        .end = !ok               ? AK_FLEET_FAILED
                               : result.finished ? AK_FLEET_JUDGED
                                                 : AK_FLEET_STOPPED,
                        .result = &result,
                        .delivery = &delivery,
                        .failure = failure,
                        .took_us = g_get_monotonic_time() - begin_us};
  tell(fleet, &told);
  g_mutex_lock(&fleet->lock);
  fleet->active--;
  fleet->active_rate -= self->rate;
  g_cond_signal(&fleet->left);
  g_mutex_unlock(&fleet->lock);
  g_free(self->run_id);
  g_free(self);
  return NULL;
}

/* --- who may begin ------------------------------------------------------------------------------ */

/* Many begin in one second, and ids have few digits by chance. */
static char *new_id(Fleet *self) {
  for (;;) {
    char *id = ak_app_verify_new_id(ak_now_utc_us());
    if (g_hash_table_add(self->ids, g_strdup(id)))
      return id;
    g_free(id);
  }
}

static bool has_room(const Fleet *self, guint rate) {
  return self->active < AK_FLEET_SIDE_BY_SIDE &&
         (rate == 0 || self->active_rate == 0 || self->active_rate + rate <= self->total_rate);
}

/* Takes part of the rate; false where all are to stop. */
static bool wait_for_room(Fleet *self, guint rate) {
  bool cancelled = false;
  g_mutex_lock(&self->lock);
  while (!(cancelled = is_cancelled(self)) && !has_room(self, rate))
    g_cond_wait_until(&self->left, &self->lock, g_get_monotonic_time() + LOOK_US);
  if (!cancelled) {
    self->active++;
    self->active_rate += rate;
  }
  g_mutex_unlock(&self->lock);
  return !cancelled;
}

static void tell_unstarted(Fleet *self, guint index, const AkFleetItem *item, const GError *failure) {
  AkVerifyResult none = {.run_id = item->run_id};
  AkDelivery nothing = {0};
  AkFleetMember told = {.index = index,
                        .item = item,
                        .end = failure != NULL ? AK_FLEET_FAILED : AK_FLEET_NOT_STARTED,
                        .result = &none,
                        .delivery = &nothing,
                        .failure = failure};
  tell(self, &told);
}

static void give_back(Fleet *self, guint rate) {
  g_mutex_lock(&self->lock);
  self->active--;
  self->active_rate -= rate;
  g_mutex_unlock(&self->lock);
}

static void begin(Fleet *self, guint index, const AkFleetItem *item) {
  g_autoptr(GError) failure = NULL;
  g_autofree char *namespace = NULL;
  g_autoptr(AkProduct) product =
      product_of(self->workspace, item, &self->verify, &namespace, &failure);
  guint rate = product != NULL ? ak_app_verify_rate(product) : 0;
  if (product == NULL || !wait_for_room(self, rate)) {
    tell_unstarted(self, index, item, failure);
    return;
  }
  Member *member = g_new0(Member, 1);
  *member = (Member){.fleet = self,
                     .index = index,
                     .rate = rate,
                     .item = item,
                     .run_id = item->path != NULL ? new_id(self) : NULL};
  GThread *thread = g_thread_try_new("run", member_run, member, &failure);
  if (thread != NULL) {
    g_thread_unref(thread);
    return;
  }
  give_back(self, rate);
  tell_unstarted(self, index, item, failure);
  g_free(member->run_id);
  g_free(member);
}

/* Sockets, evidence files and workers of many runs at once; and what a thread's malloc keeps for itself, many
 * threads would keep many times. */
static void prepare_process(void) {
  mallopt(M_ARENA_MAX, MAX_ARENAS);
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit); /* less is no error: sweeps divide what there is */
}

static void run_all(Fleet *self, const GPtrArray *items) {
  for (guint i = 0; i < items->len; i++)
    begin(self, i, items->pdata[i]);
  g_mutex_lock(&self->lock);
  while (self->active > 0)
    g_cond_wait(&self->left, &self->lock);
  g_mutex_unlock(&self->lock);
}

void ak_app_fleet_run(AkWorkspace *workspace, const GPtrArray *items,
                      const AkFleetOptions *options) {
  guint jobs = options->verify.jobs > 0 ? options->verify.jobs : AK_FLEET_JOBS;
  guint processors = g_get_num_processors();
  g_autoptr(AkRunPool) pool = ak_run_pool_new(jobs);
  g_autoptr(AkReuse) reuse =
      ak_reuse_new(ak_workspace_log(workspace), MIN(processors, MAX_FILES));
  g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Fleet self = {.workspace = workspace,
                .options = options,
                .verify = options->verify,
                .share = {.pool = pool, .reuse = reuse, .sharers = MIN(jobs, items->len)},
                .total_rate =
                    options->packets_per_second > 0 ? options->packets_per_second : AK_FLEET_RATE,
                .ids = ids};
  prepare_process();
  ak_gate_init(&self.share.desk, MIN(processors, MAX_AT_DESK));
  g_mutex_init(&self.lock);
  g_cond_init(&self.left);
  self.verify.share = &self.share;
  self.verify.jobs = MIN(jobs, JOBS_OF_A_RUN);
  if (self.verify.seed == 0) /* one for all: the same bytes are asked the same */
    self.verify.seed = ak_app_verify_new_seed();
  run_all(&self, items);
  ak_gate_clear(&self.share.desk);
  g_mutex_clear(&self.lock);
  g_cond_clear(&self.left);
}
