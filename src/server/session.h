// One connection's life. Private to the listener.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include "server/server.h"

namespace tidemark {

/// Answers what comes over the connection until either side ends it. Site and threads outlive the
/// connection's loop.
void start_session(boost::asio::ip::tcp::socket socket, Site& site,
                   boost::asio::thread_pool& answering);

}  // namespace tidemark
