// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import:
// one plain function for each kind of argument.

#include <curl/curl.h>

static inline CURLcode outcry_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode outcry_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode outcry_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

/// A message and how much of it is still to be sent.
struct outcry_upload {
    const char *data;
    size_t left;
};

static size_t outcry_read(char *buffer, size_t size, size_t count, void *context) {
    struct outcry_upload *upload = context;
    size_t room = size * count;
    size_t length = upload->left < room ? upload->left : room;
    for (size_t i = 0; i < length; i++) buffer[i] = upload->data[i];
    upload->data += length;
    upload->left -= length;
    return length;
}

/// `upload` must outlive the transfer.
static inline CURLcode outcry_set_upload(CURL *handle, struct outcry_upload *upload) {
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, outcry_read);
    return curl_easy_setopt(handle, CURLOPT_READDATA, upload);
}
static inline CURLcode outcry_get_response_code(CURL *handle, long *value) {
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, value);
}
