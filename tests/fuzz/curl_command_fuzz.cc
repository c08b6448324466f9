#include <cstddef>
#include <cstdint>
#include <string>

#include "probe/import/curl_command.h"
#include "tests/fuzz/imported.h"

/// Any bytes as a script of curl commands: an error of one line, or a journey that is valid.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto journey = gaikei::ImportCurlScript(text, "fuzz");
  if (journey) {
    gaikei::ExpectValid(*journey);
  } else if (journey.error().empty() || journey.error().find('\n') != std::string::npos) {
    __builtin_trap();
  }
  return 0;
}
