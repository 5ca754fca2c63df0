// Requests and answers as Boost.Beast has them. Private to the connections (session.cpp).
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>

#include "server/http_message.h"

namespace tidemark {

using Incoming = boost::beast::http::request<boost::beast::http::string_body>;
using Outgoing = boost::beast::http::response<boost::beast::http::string_body>;

/// Takes the body out of `incoming`. Absent: its target cannot be read.
std::optional<WebRequest> request_of(Incoming& incoming);

/// `version`: HTTP's, 10 or 11.
Outgoing outgoing_of(const WebResponse& response, unsigned version, bool keep_alive);

/// A stream's head: its end is the connection's, so it needs no length and no chunks.
std::string stream_head(const WebResponse& response, unsigned version);

}  // namespace tidemark
