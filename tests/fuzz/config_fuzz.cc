#include <cstddef>
#include <cstdint>
#include <string>

#include "probe/config/load.h"

/// Any bytes as a configuration: a value or errors with places, never a crash, never an error
/// without words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = gaikei::LoadTexts({{"fuzz.toml", std::move(text)}}, "local");
  if (config) {
    if (config->regions.empty()) __builtin_trap();
    return 0;
  }
  if (config.error().empty()) __builtin_trap();
  for (const gaikei::ConfigError& error : config.error()) {
    if (error.message.empty() || error.Text().find('\n') != std::string::npos) __builtin_trap();
  }
  return 0;
}
