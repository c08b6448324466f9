#include "probe/import/secret_names.h"

#include <algorithm>
#include <array>

#include "results/ascii.h"

namespace gaikei {
namespace {

constexpr std::size_t kLooksAt = 40;

/// "X-Api-Key" -> "PROBE_X_API_KEY"
std::string VariableFor(std::string_view what) {
  std::string name = "PROBE_";
  for (const char c : what.substr(0, kLooksAt)) {
    const char lower = LowerCase(c);
    if (lower >= 'a' && lower <= 'z') {
      name += static_cast<char>(lower - 'a' + 'A');
    } else if (c >= '0' && c <= '9') {
      name += c;
    } else if (name.back() != '_') {
      name += '_';
    }
  }
  while (name.back() == '_') name.pop_back();
  return name;
}

}  // namespace

bool IsNamedLikeASecret(std::string_view name) {
  static constexpr std::array<std::string_view, 15> kWords = {
      "token",   "secret", "password",  "passwd", "passphrase", "apikey", "api_key", "api-key",
      "session", "cookie", "signature", "auth",   "credential", "csrf",   "xsrf"};
  static constexpr std::array<std::string_view, 7> kWhole = {"key", "sig", "pwd", "pass",
                                                             "pin", "otp", "sid"};
  const std::string lower = LowerCase(name);
  return std::find(kWhole.begin(), kWhole.end(), lower) != kWhole.end() ||
         std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

TomlValue SecretNames::Put(std::string_view what, std::string_view text, std::string use) {
  const auto known = std::find(texts_.begin(), texts_.end(), text);
  if (known != texts_.end()) {
    return TomlValue::Environment(
        entries_[static_cast<std::size_t>(known - texts_.begin())].variable);
  }
  const std::string base = VariableFor(what);
  std::string name = base;
  const auto is_taken = [&] {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const Entry& entry) { return entry.variable == name; });
  };
  for (unsigned number = 2; is_taken(); ++number) name = base + "_" + std::to_string(number);
  entries_.push_back({name, std::move(use)});
  texts_.emplace_back(text);
  return TomlValue::Environment(name);
}

}  // namespace gaikei
