// libcurl through its C interface. The numbers are its ABI, which its maintainers keep
// (curl.se/libcurl/abi.html); they are listed here because its header is not needed for more.
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "notify/notify.h"
#include "os/dynamic_library.h"

namespace tidemark {
namespace {

// curl/curl.h, enum CURLoption: 10000 + n takes a pointer, n a long, 20000 + n a function.
enum CurlOption : int {
  kPostFieldSize = 60,
  kNoSignal = 99,
  kWholeLimitMs = 155,
  kConnectLimitMs = 156,
  kUrl = 10002,
  kPostFields = 10015,
  kUserAgent = 10018,
  kHeaders = 10023,
  kProtocols = 10318,  // since 7.85; an older library refuses it, and then has its defaults
  kWriteFunction = 20011,
};
constexpr int kResponseCode = 0x200000 + 2;  // CURLINFO_LONG + 2
constexpr long kGlobalDefault = 3;           // CURL_GLOBAL_ALL

struct Curl {
  DynamicLibrary library;
  int (*global_init)(long) = nullptr;
  void* (*easy_init)() = nullptr;
  int (*setopt)(void*, int, ...) = nullptr;
  int (*perform)(void*) = nullptr;
  int (*getinfo)(void*, int, ...) = nullptr;
  void (*cleanup)(void*) = nullptr;
  const char* (*strerror)(int) = nullptr;
  void* (*list_append)(void*, const char*) = nullptr;
  void (*list_free)(void*) = nullptr;

  bool complete() const {
    return global_init && easy_init && setopt && perform && getinfo && cleanup && strerror &&
           list_append && list_free;
  }
};

std::optional<Curl> load_curl() {
  // Debian's two builds of the same ABI; macOS has its own.
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"}) {
    auto library = DynamicLibrary::open(name);
    if (!library) continue;
    Curl curl{.library = std::move(*library)};
    const auto find = [&curl](auto& function, const char* symbol) {
      function = curl.library.function<std::remove_reference_t<decltype(function)>>(symbol);
    };
    find(curl.global_init, "curl_global_init");
    find(curl.easy_init, "curl_easy_init");
    find(curl.setopt, "curl_easy_setopt");
    find(curl.perform, "curl_easy_perform");
    find(curl.getinfo, "curl_easy_getinfo");
    find(curl.cleanup, "curl_easy_cleanup");
    find(curl.strerror, "curl_easy_strerror");
    find(curl.list_append, "curl_slist_append");
    find(curl.list_free, "curl_slist_free_all");
    if (curl.complete() && curl.global_init(kGlobalDefault) == 0) return curl;
  }
  return std::nullopt;
}

/// Loaded once and never unloaded: TLS libraries leave threads' data behind.
const std::optional<Curl>& curl() {
  static const auto* const loaded = new std::optional<Curl>{load_curl()};
  return *loaded;
}

std::size_t swallow(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

void* list_of(const Curl& api, const std::vector<std::string>& headers) {
  void* list = nullptr;
  for (const auto& header : headers) list = api.list_append(list, header.c_str());
  return list;
}

void set_options(const Curl& api, void* handle, const HttpRequest& request, void* headers) {
  api.setopt(handle, kUrl, request.url.c_str());
  api.setopt(handle, kPostFields, request.body.c_str());
  api.setopt(handle, kPostFieldSize, static_cast<long>(request.body.size()));
  api.setopt(handle, kHeaders, headers);
  api.setopt(handle, kUserAgent, "tidemark");
  api.setopt(handle, kProtocols, "http,https");
  api.setopt(handle, kNoSignal, 1L);  // no SIGALRM for time-outs: this is a thread
  api.setopt(handle, kConnectLimitMs, static_cast<long>(request.connect_limit.count()));
  api.setopt(handle, kWholeLimitMs, static_cast<long>(request.whole_limit.count()));
  api.setopt(handle, kWriteFunction, &swallow);  // else the answer goes to stdout
}

}  // namespace

Result<int> http_post(const HttpRequest& request) {
  if (!curl()) return fail(Errc::unsupported, "libcurl.so.4 is not installed (Debian: libcurl4)");
  const Curl& api = *curl();
  const std::unique_ptr<void, void (*)(void*)> handle{api.easy_init(), api.cleanup};
  if (!handle) return fail(Errc::io, "libcurl could not begin");
  const std::unique_ptr<void, void (*)(void*)> headers{list_of(api, request.headers),
                                                       api.list_free};
  set_options(api, handle.get(), request, headers.get());
  if (const int code = api.perform(handle.get()); code != 0)
    return fail(Errc::io, api.strerror(code));
  long status = 0;
  api.getinfo(handle.get(), kResponseCode, &status);
  return static_cast<int>(status);
}

}  // namespace tidemark
