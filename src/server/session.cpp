#include "server/session.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "server/event_stream.h"
#include "server/wire.h"

namespace tidemark {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

constexpr std::uint32_t kMostHeaderBytes = 16 << 10;
constexpr std::uint64_t kMostBodyBytes = 1 << 20;
// For a request to come, and for an answer to be taken.
constexpr std::chrono::seconds kPatience{15};
constexpr std::chrono::seconds kLinger{2};  // after the last answer
constexpr std::size_t kDroppedAtOnce = 16 << 10, kMostDroppedBytes = 16 << 20;
constexpr std::size_t kDroppedFromReaders = 512;  // a reader of a stream has nothing to say

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
    if (!events_->is_over()) return;
    events_.reset();
    finish();
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

}  // namespace

void start_session(Tcp::socket socket, Site& site, asio::thread_pool& answering) {
  std::make_shared<Session>(std::move(socket), site, answering)->read();
}

}  // namespace tidemark
