// Tokens that are missing, wrong or not enough: huggingface_hub, requests, wandb, S3, git.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"Cannot access gated repo", auth_error, anywhere},
    Pattern{"You are trying to access a gated repo", auth_error, anywhere},
    Pattern{"is restricted. You must", auth_error, anywhere},
    Pattern{"is restricted and you are not in the authorized list", auth_error, anywhere},
    Pattern{"401 Client Error", auth_error, raised},
    Pattern{"403 Client Error", auth_error, raised},
    Pattern{"403 Forbidden", auth_error, raised},
    Pattern{"401 Unauthorized", auth_error, raised},
    Pattern{"HTTP Error 401", auth_error, raised},
    Pattern{"HTTP Error 403", auth_error, raised},
    Pattern{"Error 403: ", auth_error, raised},
    Pattern{"Invalid username or password", auth_error, raised},
    Pattern{"Invalid user token", auth_error, raised},
    Pattern{"Invalid token passed", auth_error, raised},
    Pattern{"Invalid credentials in Authorization header", auth_error, raised},
    Pattern{"User Access Token", auth_error, raised, decisive, "expired"},
    Pattern{"Token is required", auth_error, raised},
    Pattern{"Token is not valid", auth_error, raised},
    Pattern{"but no token found", auth_error, raised},
    Pattern{"api_key not configured", auth_error, anywhere},
    Pattern{"API key must be 40 characters", auth_error, anywhere},
    Pattern{"No API key configured", auth_error, anywhere},
    Pattern{"API key verification failed", auth_error, anywhere},
    Pattern{"Incorrect API key", auth_error, raised},
    Pattern{"invalid API key", auth_error, raised},
    Pattern{"user is not logged in", auth_error, anywhere},
    Pattern{"permission denied (<Response [403]>)", auth_error, raised},
    Pattern{"Unable to locate credentials", auth_error, anywhere},
    Pattern{"Could not automatically determine credentials", auth_error, raised},
    Pattern{"(AccessDenied)", auth_error, raised},
    Pattern{"(InvalidAccessKeyId)", auth_error, raised},
    Pattern{"(ExpiredToken)", auth_error, raised},
    Pattern{"Authentication failed for", auth_error, anywhere},
    Pattern{"Permission denied (publickey", auth_error, anywhere},
    Pattern{"(Forbidden) when calling", auth_error, raised},
    Pattern{"(403) when calling", auth_error, raised},
    Pattern{"is a gated dataset on the Hub", auth_error, raised},
    Pattern{"default credentials were not found", auth_error, raised},
    Pattern{"The api_key client option must be set", auth_error, raised},
    Pattern{"Reason: Unauthorized", auth_error, raised},
    Pattern{"Reason: Forbidden", auth_error, raised},
    Pattern{"Error code: 401", auth_error, raised},
    Pattern{"Error code: 403", auth_error, raised},
    Pattern{"Password authentication in git is no longer supported", auth_error, anywhere},
    Pattern{"Could not read from remote repository", auth_error, anywhere, weak},
};

}  // namespace

std::span<const Pattern> auth_patterns() {
  return kPatterns;
}

}  // namespace tidemark
