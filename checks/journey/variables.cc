#include "checks/journey/variables.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <random>
#include <utility>

#include "results/ascii.h"

namespace gaikei {
namespace {

constexpr std::size_t kNameLimit = 64;
constexpr std::size_t kRandomLimit = 64;
constexpr std::string_view kRandomPrefix = "random.";
constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

/// How many characters `random.N` asks for; absent for what is no such name.
std::optional<std::size_t> RandomLength(std::string_view name) {
  if (!name.starts_with(kRandomPrefix)) return std::nullopt;
  name.remove_prefix(kRandomPrefix.size());
  if (name.empty() || name.size() > 2 || name.front() == '0') return std::nullopt;
  std::size_t length = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), length);
  const bool is_number = error == std::errc() && stop == name.data() + name.size();
  if (!is_number || length > kRandomLimit) return std::nullopt;
  return length;
}

void FillRandom(unsigned char* bytes, std::size_t size) {
  if (getrandom(bytes, size, 0) == static_cast<ssize_t>(size)) return;
  // Not for secrecy: two runs must not meet.
  std::random_device device;
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(device());
}

/// RFC 9562, 5.4.
std::string MakeUuid() {
  std::array<unsigned char, 16> bytes{};
  FillRandom(bytes.data(), bytes.size());
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes[i]);
  }
  return text;
}

std::string MakeRandomText(std::size_t length) {
  std::string text;
  while (text.size() < length) {
    std::array<unsigned char, 2 * kRandomLimit> bytes{};
    FillRandom(bytes.data(), bytes.size());
    for (const unsigned char byte : bytes) {
      // Bytes past the last whole alphabet are left out: every character is as likely.
      if (byte >= 256 / kAlphabet.size() * kAlphabet.size() || text.size() == length) continue;
      text += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return text;
}

}  // namespace

bool IsVariableName(std::string_view name) {
  return !name.empty() && name.size() <= kNameLimit && !IsDigit(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsLower(c) || IsDigit(c) || c == '_'; });
}

bool IsBuiltIn(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kNames = {"uuid", "now", "now.unix", "region"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         RandomLength(name).has_value();
}

bool IsReservedName(std::string_view name) { return IsBuiltIn(name) || name == "random"; }

Variables::Variables(std::string_view region, WallTime now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  built_in_.emplace("uuid", Secret(MakeUuid(), false));
  built_in_.emplace("now", Secret(FormatRfc3339(now), false));
  built_in_.emplace("now.unix", Secret(fmt::format("{}", seconds.count()), false));
  built_in_.emplace("region", Secret(std::string(region), false));
}

const Secret* Variables::Find(std::string_view name) const {
  if (const auto it = captured_.find(name); it != captured_.end()) return &it->second;
  if (const auto it = built_in_.find(name); it != built_in_.end()) return &it->second;
  return RandomLength(name) ? &MakeRandom(name) : nullptr;
}

const Secret& Variables::MakeRandom(std::string_view name) const {
  return built_in_
      .emplace(std::string(name), Secret(MakeRandomText(RandomLength(name).value_or(1)), false))
      .first->second;
}

void Variables::Set(const std::string& name, Secret value) {
  if (value.is_secret()) secrets_.push_back(value);
  captured_.insert_or_assign(name, std::move(value));
}

}  // namespace gaikei
