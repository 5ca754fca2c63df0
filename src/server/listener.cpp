// The files that know sockets are this one, session.cpp and wire.cpp: Boost.Beast over one event
// loop, so that a connection that says nothing costs a socket and no thread. Questions are answered
// by a few threads beside it.
#include <sys/resource.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/error.hpp>
#include <chrono>

#include "server/server.h"
#include "server/session.h"

namespace tidemark {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Tcp = asio::ip::tcp;

constexpr std::size_t kAnsweringThreads = 2;
constexpr std::chrono::seconds kNewsInterval{1};

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
      if (!error) start_session(std::move(socket), site_, answering_);
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
