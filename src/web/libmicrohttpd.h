/* The HTTP server's library (util/library.h). */
#pragma once

#include <microhttpd.h>

#include "util/library.h"

#define AK_MICROHTTPD_FUNCTIONS(X) \
  X(MHD_add_response_header) \
  X(MHD_basic_auth_get_username_password) \
  X(MHD_create_post_processor) \
  X(MHD_create_response_from_buffer) \
  X(MHD_create_response_from_buffer_with_free_callback_cls) \
  X(MHD_create_response_from_callback) \
  X(MHD_destroy_post_processor) \
  X(MHD_destroy_response) \
  X(MHD_free) \
  X(MHD_get_connection_values) \
  X(MHD_get_daemon_info) \
  X(MHD_lookup_connection_value) \
  X(MHD_post_process) \
  X(MHD_queue_response) \
  X(MHD_resume_connection) \
  X(MHD_set_panic_func) \
  X(MHD_start_daemon) \
  X(MHD_stop_daemon) \
  X(MHD_suspend_connection)

typedef struct {
  AK_MICROHTTPD_FUNCTIONS(AK_LIBRARY_MEMBER)
} AkMicrohttpd;
extern AkMicrohttpd ak_microhttpd;

/* Before any of the functions is called; errors as ak_library_load. */
bool ak_microhttpd_load(GError **error);

#define MHD_add_response_header ak_microhttpd.MHD_add_response_header
#define MHD_basic_auth_get_username_password ak_microhttpd.MHD_basic_auth_get_username_password
#define MHD_create_post_processor ak_microhttpd.MHD_create_post_processor
#define MHD_create_response_from_buffer ak_microhttpd.MHD_create_response_from_buffer
#define MHD_create_response_from_buffer_with_free_callback_cls ak_microhttpd.MHD_create_response_from_buffer_with_free_callback_cls
#define MHD_create_response_from_callback ak_microhttpd.MHD_create_response_from_callback
#define MHD_destroy_post_processor ak_microhttpd.MHD_destroy_post_processor
#define MHD_destroy_response ak_microhttpd.MHD_destroy_response
#define MHD_free ak_microhttpd.MHD_free
#define MHD_get_connection_values ak_microhttpd.MHD_get_connection_values
#define MHD_get_daemon_info ak_microhttpd.MHD_get_daemon_info
#define MHD_lookup_connection_value ak_microhttpd.MHD_lookup_connection_value
#define MHD_post_process ak_microhttpd.MHD_post_process
#define MHD_queue_response ak_microhttpd.MHD_queue_response
#define MHD_resume_connection ak_microhttpd.MHD_resume_connection
#define MHD_set_panic_func ak_microhttpd.MHD_set_panic_func
#define MHD_start_daemon ak_microhttpd.MHD_start_daemon
#define MHD_stop_daemon ak_microhttpd.MHD_stop_daemon
#define MHD_suspend_connection ak_microhttpd.MHD_suspend_connection
