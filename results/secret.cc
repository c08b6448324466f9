#include "results/secret.h"

#include <string.h>  // explicit_bzero

#include <algorithm>
#include <array>
#include <utility>

#include "results/ascii.h"

namespace gaikei {
namespace {

/// Also what a moved-from string keeps in its own small buffer.
void Wipe(std::string& value) {
  if (!value.empty()) explicit_bzero(value.data(), value.size());
  value.clear();
}

}  // namespace

Secret::Secret(std::string value, bool is_secret)
    : value_(std::move(value)), is_secret_(is_secret) {}

Secret::~Secret() {
  if (is_secret_) Wipe(value_);
}

Secret::Secret(Secret&& other) noexcept : value_(other.value_), is_secret_(other.is_secret_) {
  // Copied, then wiped: moving a short string would leave its bytes behind.
  Wipe(other.value_);
}

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  Wipe(value_);
  value_ = other.value_;
  is_secret_ = other.is_secret_;
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  *this = std::as_const(other);
  Wipe(other.value_);
  return *this;
}

bool IsCredentialHeader(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kNames = {"authorization", "proxy-authorization",
                                                             "cookie", "set-cookie", "x-api-key"};
  const std::string lower = LowerCase(name);
  if (std::find(kNames.begin(), kNames.end(), lower) != kNames.end()) return true;
  return lower.find("token") != std::string::npos || lower.find("secret") != std::string::npos;
}

}  // namespace gaikei
