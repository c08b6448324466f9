#include <cstddef>
#include <cstdint>
#include <string>

#include "probe/import/har.h"
#include "tests/fuzz/imported.h"

/// Any bytes as a recording: an error of one line, or a journey that is valid.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  gaikei::HarOptions options;
  options.all = true;
  const auto journey = gaikei::ImportHar(text, options);
  if (journey) {
    gaikei::ExpectValid(*journey);
  } else if (journey.error().empty() || journey.error().find('\n') != std::string::npos) {
    __builtin_trap();
  }
  return 0;
}
