// Who may ask. A page of another site can make a browser send requests here, by our address or
// (DNS rebinding) by a name of its own that leads here: Host and Origin tell them apart, and the
// token keeps out other users of the machine. Pure.
#pragma once

#include <string>
#include <string_view>

#include "server/http_message.h"

namespace tidemark {

struct AccessRules {
  std::string token{};       // empty: none is asked for
  std::string named_host{};  // a name by which the server may be asked besides localhost
};

enum class Verdict { allowed, foreign, no_token };

/// Foreign: a Host that is neither an address, nor localhost, nor `named_host`; an Origin that is
/// not this server as the browser names it. The token is taken from `Authorization: Bearer` or the
/// cookie.
Verdict judge_access(const WebRequest& request, const AccessRules& rules);

/// Whether the Host field names this machine in a way that no other site's name can.
bool is_own_host(std::string_view host, std::string_view named_host);

inline constexpr std::string_view kTokenCookie = "tidemark_token";

}  // namespace tidemark
