// libcurl with its variadic calls wrapped, one inline function per argument type, so that a wrong pairing of option
// and value is visible at the call site.
#ifndef SLUICE_CCURL_H
#define SLUICE_CCURL_H

#include <curl/curl.h>

static inline CURLcode sluice_curl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode sluice_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode sluice_curl_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode sluice_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode sluice_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

typedef size_t (*sluice_curl_write)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode sluice_curl_set_write(CURL *easy, CURLoption option, sluice_curl_write callback) {
  return curl_easy_setopt(easy, option, callback);
}

typedef int (*sluice_curl_close)(void *context, curl_socket_t socket);
static inline CURLcode sluice_curl_set_close(CURL *easy, void *context, sluice_curl_close callback) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, context);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, callback);
}

typedef int (*sluice_curl_open)(void *context, curl_socket_t socket, curlsocktype purpose);
static inline CURLcode sluice_curl_set_open(CURL *easy, void *context, sluice_curl_open callback) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, context);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, callback);
}

static inline CURLcode sluice_curl_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode sluice_curl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode sluice_curl_get_pointer(CURL *easy, CURLINFO info, void **value) {
  return curl_easy_getinfo(easy, info, value);
}

typedef int (*sluice_curl_socket)(CURL *easy, curl_socket_t socket, int what, void *context, void *socket_context);
typedef int (*sluice_curl_timer)(CURLM *multi, long timeout_ms, void *context);
static inline CURLMcode sluice_multi_set_socket(CURLM *multi, sluice_curl_socket callback, void *context) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
  return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
}
static inline CURLMcode sluice_multi_set_timer(CURLM *multi, sluice_curl_timer callback, void *context) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
  return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}
static inline CURLMcode sluice_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

/// The version of the library in use, as 0xMMmmpp.
static inline unsigned int sluice_curl_version(void) { return curl_version_info(CURLVERSION_NOW)->version_num; }

/// The transfer a finished message is about, and its result; the message dies with the handle, so both are copied out.
static inline CURLcode sluice_message_result(const CURLMsg *message) { return message->data.result; }

#endif
