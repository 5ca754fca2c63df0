#include "server/wire.h"

#include <boost/beast/http.hpp>
#include <sstream>

namespace tidemark {
namespace {

namespace http = boost::beast::http;

/// Whatever a name or a log line says: a page without script loads nothing and runs nothing, the
/// web UI only its own files. It draws with inline style attributes (positions, widths).
const char* text_of(PagePolicy policy) {
  return policy == PagePolicy::document
             ? "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
               "form-action 'none'; frame-ancestors 'none'"
             : "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr "
               "'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
               "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

std::string text_of(boost::string_view text) {
  return {text.data(), text.size()};
}

template <class Message>
void set_fields(Message& out, const WebResponse& response) {
  out.set(http::field::content_type, response.type);
  out.set(http::field::cache_control,
          response.never_changes ? "private, max-age=31536000, immutable" : "no-cache");
  out.set("Content-Security-Policy", text_of(response.policy));
  out.set("X-Content-Type-Options", "nosniff");
  out.set("Referrer-Policy", "no-referrer");
  out.set("Cross-Origin-Resource-Policy", "same-origin");
  if (!response.etag.empty()) out.set(http::field::etag, response.etag);
  if (!response.location.empty()) out.set(http::field::location, response.location);
  if (!response.set_cookie.empty()) out.set(http::field::set_cookie, response.set_cookie);
  if (!response.encoding.empty()) out.set(http::field::content_encoding, response.encoding);
  if (response.by_encoding) out.set(http::field::vary, "Accept-Encoding");
  if (!response.download_name.empty())
    out.set(http::field::content_disposition,
            "attachment; filename=\"" + response.download_name + "\"");
}

}  // namespace

std::optional<WebRequest> request_of(Incoming& incoming) {
  auto target = parse_target({incoming.target().data(), incoming.target().size()});
  if (!target) return std::nullopt;
  WebRequest request{.method = text_of(incoming.method_string()), .target = std::move(*target)};
  request.host = text_of(incoming[http::field::host]);
  if (incoming.count(http::field::origin) > 0)
    request.origin = text_of(incoming[http::field::origin]);
  request.authorization = text_of(incoming[http::field::authorization]);
  request.cookie = text_of(incoming[http::field::cookie]);
  request.if_none_match = text_of(incoming[http::field::if_none_match]);
  request.accept_encoding = text_of(incoming[http::field::accept_encoding]);
  request.last_event_id = text_of(incoming["Last-Event-ID"]);
  request.body = std::move(incoming.body());
  return request;
}

Outgoing outgoing_of(const WebResponse& response, unsigned version, bool keep_alive) {
  Outgoing out{static_cast<http::status>(response.status), version};
  set_fields(out, response);
  if (response.body) out.body() = *response.body;
  out.keep_alive(keep_alive);
  out.prepare_payload();
  return out;
}

std::string stream_head(const WebResponse& response, unsigned version) {
  http::response<http::empty_body> out{http::status::ok, version};
  set_fields(out, response);
  out.set("X-Accel-Buffering", "no");  // proxies that hold answers back let this one through
  out.keep_alive(false);
  std::ostringstream text;
  text << out.base();
  return std::move(text).str();
}

}  // namespace tidemark
