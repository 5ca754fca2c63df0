// The only file that knows sockets: Boost.Beast over one event loop, so that a connection that says
// nothing costs a socket and no thread. Questions are answered by a few threads beside it.
#include <sys/resource.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <sstream>

#include "server/event_stream.h"
#include "server/server.h"

namespace tidemark {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

constexpr std::uint32_t kMostHeaderBytes = 16 << 10;
constexpr std::uint64_t kMostBodyBytes = 1 << 20;
constexpr std::chrono::seconds kPatience{
    15};                                    // for a request to come, and for an answer to be taken
constexpr std::chrono::seconds kLinger{2};  // after the last answer
constexpr std::size_t kDroppedAtOnce = 16 << 10, kMostDroppedBytes = 16 << 20;
constexpr std::size_t kAnsweringThreads = 2;

constexpr std::chrono::seconds kNewsInterval{1};
constexpr std::size_t kDroppedFromReaders = 512;  // a reader of a stream has nothing to say

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

using Incoming = http::request<http::string_body>;
using Outgoing = http::response<http::string_body>;

std::string text_of(boost::string_view text) {
  return {text.data(), text.size()};
}

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

Outgoing outgoing_of(const WebResponse& response, unsigned version, bool keep_alive) {
  Outgoing out{static_cast<http::status>(response.status), version};
  set_fields(out, response);
  if (response.body) out.body() = *response.body;
  out.keep_alive(keep_alive);
  out.prepare_payload();
  return out;
}

/// A stream's head: its end is the connection's, so it needs no length and no chunks.
std::string stream_head(const WebResponse& response, unsigned version) {
  http::response<http::empty_body> out{http::status::ok, version};
  set_fields(out, response);
  out.set("X-Accel-Buffering", "no");  // proxies that hold answers back let this one through
  out.keep_alive(false);
  std::ostringstream text;
  text << out.base();
  return std::move(text).str();
}

/// One connection. It keeps itself alive while something is asked of the system for it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Tcp::socket socket, Site& site, asio::thread_pool& answering)
      : stream_(std::move(socket)), site_(site), answering_(answering) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(kMostHeaderBytes);
    parser_->body_limit(kMostBodyBytes);
    stream_.expires_after(kPatience);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       self->on_read(error);
                     });
  }

 private:
  void on_read(beast::error_code error) {
    if (error == http::error::header_limit)
      return write(error_answer(431, "the headers are too large"), false);
    if (error == http::error::body_limit)
      return write(error_answer(413, "the body is too large"), false);
    if (error == http::error::end_of_stream || error == beast::error::timeout) return close();
    if (error.category() == http::make_error_code(http::error::bad_target).category())
      return write(error_answer(400, "this is no HTTP request"), false);
    if (error) return close();
    stream_.expires_never();  // the answer takes its time
    asio::post(answering_, [self = shared_from_this()] { self->answer(); });
  }

  // On a thread of its own; the answer goes back to the loop.
  void answer() {
    auto incoming = parser_->release();
    const bool keep_alive = incoming.keep_alive();
    version_ = incoming.version();
    const bool head = incoming.method() == http::verb::head;
    const auto request = request_of(incoming);
    auto response =
        request ? answer_safely(*request) : error_answer(400, "the address cannot be read");
    asio::post(stream_.get_executor(),
               [self = shared_from_this(), response = std::move(response), keep_alive, head] {
                 self->write(response, keep_alive, head);
               });
  }

  // The libraries below (JSON, SQLite's wrapper, memory) may throw; a question never ends the
  // server.
  WebResponse answer_safely(const WebRequest& request) {
    try {
      return site_.answer(request);
    } catch (const std::exception& error) {
      return error_answer(500, error.what());
    }
  }

  void write(const WebResponse& response, bool keep_alive, bool head = false) {
    if (response.stream && !head) return begin_stream(response);
    outgoing_ = outgoing_of(response, version_, keep_alive);
    if (head) outgoing_.body().clear();
    stream_.expires_after(kPatience);
    http::async_write(
        stream_, outgoing_,
        [self = shared_from_this(), keep_alive](beast::error_code error, std::size_t) {
          if (error || !keep_alive) return self->close();
          self->read();
        });
  }

  void begin_stream(const WebResponse& response) {
    events_ = response.stream;
    sending_ = stream_head(response, version_);
    // A weak hold: whoever has news does not keep a connection that is gone.
    events_->set_wakeup([weak = weak_from_this(), loop = stream_.get_executor()] {
      asio::post(loop, [weak] {
        if (const auto self = weak.lock()) self->send_events();
      });
    });
    stream_.expires_never();
    notice_leaving();
    write_events();
  }

  // A reader that leaves is noticed by its end of file, not only when something is sent to it. On
  // the socket itself: the time limits of the stream are those of what is sent.
  void notice_leaving() {
    stream_.socket().async_read_some(
        asio::buffer(said_by_reader_),
        [self = shared_from_this()](beast::error_code error, std::size_t) {
          if (!error) return self->notice_leaving();
          self->events_.reset();
          self->close();
        });
  }

  void send_events() {
    if (is_sending_ || !events_) return;
    sending_ = events_->take();
    if (!sending_.empty()) return write_events();
    if (events_->is_over()) finish();
  }

  void write_events() {
    is_sending_ = true;
    stream_.expires_after(kPatience);  // one that does not read is let go
    asio::async_write(stream_, asio::buffer(sending_),
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        self->is_sending_ = false;
                        self->stream_.expires_never();
                        if (!error) return self->send_events();
                        self->events_.reset();
                        self->close();
                      });
  }

  // A close with bytes unread resets the connection, and the answer would be lost on its way to a
  // client that is still sending: what comes is read and dropped for a moment.
  void finish() {
    beast::error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    buffer_.clear();
    drop_what_comes();
  }

  void drop_what_comes() {
    stream_.async_read_some(
        buffer_.prepare(kDroppedAtOnce),
        [self = shared_from_this()](beast::error_code error, std::size_t count) {
          self->dropped_bytes_ += count;
          if (error || self->dropped_bytes_ > kMostDroppedBytes) return self->close();
          self->drop_what_comes();
        });
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_both, ignored);
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{};
  std::optional<http::request_parser<http::string_body>> parser_{};
  Outgoing outgoing_{};
  unsigned version_ = 11;
  std::shared_ptr<EventStream> events_{};  // once the connection carries a stream
  std::string sending_{};
  bool is_sending_ = false;
  std::array<char, kDroppedFromReaders> said_by_reader_{};
  std::size_t dropped_bytes_ = 0;
  Site& site_;
  asio::thread_pool& answering_;
};

class Listener {
 public:
  Listener(asio::io_context& loop, Site& site)
      : loop_(loop), site_(site), acceptor_(loop), pause_(loop), news_(loop) {}

  Result<void> open(const ListenOptions& options) {
    beast::error_code error;
    const auto address =
        asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, error);
    if (error)
      return fail(Errc::invalid, "--host " + options.host + ": is no address of this machine");
    const Tcp::endpoint endpoint{address, options.port};
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) return {};
    const auto code = error == asio::error::address_in_use  ? Errc::busy
                      : error == asio::error::access_denied ? Errc::permission
                                                            : Errc::io;
    return fail(code, options.host + " port " + std::to_string(options.port) +
                          ": cannot be listened on: " + error.message() +
                          (code == Errc::busy ? "; --port names another one" : ""));
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void accept() {
    acceptor_.async_accept([this](beast::error_code error, Tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) std::make_shared<Session>(std::move(socket), site_, answering_)->read();
      if (!error) return accept();
      // No descriptor is free: connections that end give theirs back.
      pause_.expires_after(std::chrono::milliseconds{100});
      pause_.async_wait([this](beast::error_code stopped) {
        if (!stopped) accept();
      });
    });
  }

  /// Looks for news as long as somebody reads a stream; the next look begins when one is over.
  void send_news() {
    news_.expires_after(kNewsInterval);
    news_.async_wait([this](beast::error_code stopped) {
      if (stopped) return;
      if (!site_.has_streams()) return send_news();
      asio::post(answering_, [this] {
        send_news_safely();
        asio::post(loop_, [this] { send_news(); });
      });
    });
  }

  void stop() {
    beast::error_code ignored;
    acceptor_.close(ignored);
    loop_.stop();
  }

  void finish() { answering_.join(); }

 private:
  // As Session::answer_safely: what a library throws costs one look.
  void send_news_safely() {
    try {
      site_.send_news();
    } catch (const std::exception&) {
    }
  }

  asio::io_context& loop_;
  Site& site_;
  Tcp::acceptor acceptor_;
  asio::steady_timer pause_, news_;
  asio::thread_pool answering_{kAnsweringThreads};
};

// A thousand connections that say nothing must leave room for one that asks.
void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Result<void> listen_and_serve(Site& site, const ListenOptions& options,
                              const std::function<void(std::uint16_t)>& on_ready) {
  allow_many_descriptors();
  asio::io_context loop{1};
  Listener listener{loop, site};
  if (auto open = listener.open(options); !open) return open;
  asio::posix::stream_descriptor stop{loop};
  if (options.stop_fd >= 0) {
    stop.assign(options.stop_fd);
    stop.async_wait(asio::posix::stream_descriptor::wait_read,
                    [&](beast::error_code) { listener.stop(); });
  }
  listener.accept();
  listener.send_news();
  on_ready(listener.port());
  loop.run();
  listener.finish();
  if (stop.is_open()) (void)stop.release();
  return {};
}

}  // namespace tidemark
