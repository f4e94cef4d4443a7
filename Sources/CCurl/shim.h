// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import:
// one plain function for each kind of argument.

#include <curl/curl.h>
#include <string.h>

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
static inline CURLcode outcry_get_retry_after(CURL *handle, curl_off_t *seconds) {
    return curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, seconds);
}
static inline CURLcode outcry_get_content_type(CURL *handle, char **value) {
    return curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, value);
}

/// What has come in, and how much may.
struct outcry_download {
    char *data;
    size_t length;
    size_t limit;
    int is_over_limit;
};

static size_t outcry_write(char *data, size_t size, size_t count, void *context) {
    struct outcry_download *download = context;
    size_t length = size * count;
    if (length > download->limit - download->length) {
        download->is_over_limit = 1;
        return 0;
    }
    for (size_t i = 0; i < length; i++) download->data[download->length + i] = data[i];
    download->length += length;
    return length;
}

/// `download` must outlive the transfer.
static inline CURLcode outcry_set_download(CURL *handle, struct outcry_download *download) {
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, outcry_write);
    return curl_easy_setopt(handle, CURLOPT_WRITEDATA, download);
}

/// The last command that went to a mail server, and the last line it said.
struct outcry_dialogue {
    char command[5];
    char reply[96];
    int is_over;
};

static void outcry_keep(char *place, size_t room, const char *data, size_t length) {
    size_t kept = 0;
    while (kept < length && kept < room - 1 && data[kept] >= ' ' && data[kept] <= '~') {
        place[kept] = data[kept];
        kept++;
    }
    place[kept] = 0;
}

static int outcry_listen(
    CURL *handle, curl_infotype type, char *data, size_t length, void *context) {
    struct outcry_dialogue *dialogue = context;
    (void)handle;
    // What is said on leaving is about nothing that came before.
    dialogue->is_over |=
        type == CURLINFO_HEADER_OUT && length >= 4 && memcmp(data, "QUIT", 4) == 0;
    if (dialogue->is_over) return 0;
    if (type == CURLINFO_HEADER_OUT) {
        outcry_keep(dialogue->command, sizeof dialogue->command, data, length);
    } else if (type == CURLINFO_HEADER_IN) {
        outcry_keep(dialogue->reply, sizeof dialogue->reply, data, length);
    }
    return 0;
}

/// `dialogue` must live until `outcry_end_dialogue`.
static inline CURLcode outcry_set_dialogue(CURL *handle, struct outcry_dialogue *dialogue) {
    curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, outcry_listen);
    curl_easy_setopt(handle, CURLOPT_DEBUGDATA, dialogue);
    return curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
}
/// Closing a connection speaks too.
static inline CURLcode outcry_end_dialogue(CURL *handle) {
    curl_easy_setopt(handle, CURLOPT_VERBOSE, 0L);
    curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, NULL);
    return curl_easy_setopt(handle, CURLOPT_DEBUGDATA, NULL);
}
