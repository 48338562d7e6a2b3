#include "core/product.h"

#include <string.h>

void ak_service_free(AkService *self) {
  if (self == NULL)
    return;
  g_free(self->transport);
  g_free(self->protocol);
  g_free(self->purpose);
  g_strfreev(self->shows);
  json_decref(self->auth);
  g_free(self);
}

void ak_interface_free(AkInterface *self) {
  if (self == NULL)
    return;
  g_free(self->name);
  g_free(self->kind);
  g_strfreev(self->addresses);
  g_clear_pointer(&self->services, g_ptr_array_unref);
  g_free(self);
}

void ak_image_free(AkImage *self) {
  if (self == NULL)
    return;
  g_free(self->name);
  g_free(self->path);
  g_free(self->sha256);
  g_free(self->version);
  g_free(self);
}

void ak_unit_free(AkUnit *self) {
  if (self == NULL)
    return;
  g_free(self->serial);
  g_free(self->hardware_version);
  g_free(self->firmware_version);
  g_free(self->image);
  g_free(self->matched_by);
  g_free(self->state);
  g_free(self);
}

void ak_answer_free(AkAnswer *self) {
  if (self == NULL)
    return;
  g_free(self->case_id);
  g_free(self->by);
  g_free(self->on);
  g_free(self->reason);
  g_strfreev(self->evidence);
  g_free(self);
}

void ak_authorization_free(AkAuthorization *self) {
  if (self == NULL)
    return;
  g_free(self->by);
  g_free(self->capacity);
  g_strfreev(self->addresses);
  g_free(self->emergency_contact);
  g_free(self);
}

const char *const ak_product_interface_kinds[] = {"network", "physical", "radio", NULL};
const char *const ak_product_asset_kinds[] = {"credential", "key",           "configuration",
                                              "firmware",   "function",      "personal-data",
                                              "log",        NULL};
const char *const ak_product_attackers[] = {"network", "radio", "physical", "supply", NULL};

AkProduct *ak_product_new(void) {
  AkProduct *self = g_new0(AkProduct, 1);
  self->interfaces = g_ptr_array_new_with_free_func((GDestroyNotify)ak_interface_free);
  self->images = g_ptr_array_new_with_free_func((GDestroyNotify)ak_image_free);
  self->units = g_ptr_array_new_with_free_func((GDestroyNotify)ak_unit_free);
  self->answers = g_ptr_array_new_with_free_func((GDestroyNotify)ak_answer_free);
  return self;
}

void ak_product_free(AkProduct *self) {
  if (self == NULL)
    return;
  g_free(self->name);
  g_free(self->model);
  g_free(self->version);
  g_free(self->manufacturer);
  g_ptr_array_unref(self->interfaces);
  g_ptr_array_unref(self->images);
  g_ptr_array_unref(self->units);
  g_ptr_array_unref(self->answers);
  ak_authorization_free(self->authorization);
  json_decref(self->features);
  json_decref(self->conditions);
  json_decref(self->ics);
  json_decref(self->ixit);
  json_decref(self->laboratory);
  g_strfreev(self->sboms);
  g_free(self->folder);
  json_decref(self->document);
  g_free(self);
}

AkDigest ak_product_digest(const AkProduct *self) {
  gsize size = 0;
  g_autofree char *bytes =
      self->document != NULL ? ak_json_canonical(self->document, &size, NULL) : NULL;
  return ak_digest_of(bytes, size);
}

const AkInterface *ak_product_interface_of_address(const AkProduct *self, const char *address) {
  for (guint i = 0; i < self->interfaces->len; i++) {
    const AkInterface *interface = self->interfaces->pdata[i];
    if (interface->addresses != NULL &&
        g_strv_contains((const char *const *)interface->addresses, address))
      return interface;
  }
  return NULL;
}

const AkService *ak_product_service(const AkProduct *self, const char *address,
                                    const char *transport, guint16 port) {
  const AkInterface *interface = ak_product_interface_of_address(self, address);
  for (guint i = 0; interface != NULL && interface->services && i < interface->services->len;
       i++) {
    const AkService *service = interface->services->pdata[i];
    if (service->port == port && strcmp(service->transport, transport) == 0)
      return service;
  }
  return NULL;
}

const AkImage *ak_product_image(const AkProduct *self, const char *name) {
  for (guint i = 0; i < self->images->len; i++) {
    const AkImage *image = self->images->pdata[i];
    if (g_strcmp0(image->name, name) == 0)
      return image;
  }
  return NULL;
}

const AkAnswer *ak_product_answer(const AkProduct *self, const char *case_id) {
  for (guint i = 0; i < self->answers->len; i++) {
    const AkAnswer *answer = self->answers->pdata[i];
    if (g_strcmp0(answer->case_id, case_id) == 0)
      return answer;
  }
  return NULL;
}

char *ak_service_locator(const char *transport, const char *address, guint16 port) {
  const char *format = strchr(address, ':') != NULL ? "%s:[%s]:%u" : "%s:%s:%u";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf(format, transport, address, (guint)port);
#pragma GCC diagnostic pop
}

bool ak_service_locator_parse(const char *locator, char **transport, char **address,
                              guint16 *port) {
  const char *first = strchr(locator, ':'), *last = strrchr(locator, ':');
  guint64 number = 0;
  if (first == NULL || last <= first + 1 ||
      !g_ascii_string_to_unsigned(last + 1, 10, 1, 65535, &number, NULL))
    return false;
  const char *start = first + 1, *end = last;
  if (*start == '[') {
    if (end[-1] != ']')
      return false;
    start++;
    end--;
  }
  if (end <= start)
    return false;
  *transport = g_strndup(locator, (gsize)(first - locator));
  *address = g_strndup(start, (gsize)(end - start));
  *port = (guint16)number;
  return true;
}
