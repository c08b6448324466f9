#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tl/expected.hpp>

#include "probe/commands/commands.h"
#include "probe/config/check_table.h"
#include "probe/import/curl_command.h"
#include "probe/import/har.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// All of a file, or of standard input for "-"; not more than an import takes, and one byte that
/// tells it was more. The error is one line.
tl::expected<std::string, std::string> ReadAll(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      path == "-" ? ::fdopen(::dup(STDIN_FILENO), "r") : std::fopen(path.c_str(), "re"),
      &std::fclose);
  if (file == nullptr) return tl::unexpected(std::string(std::strerror(errno)));
  std::string text;
  char buffer[65536];
  while (text.size() <= kImportLimit) {
    const std::size_t size = std::fread(buffer, 1, sizeof buffer, file.get());
    if (size == 0) break;
    text.append(buffer, size);
  }
  if (std::ferror(file.get()) != 0) return tl::unexpected(std::string(std::strerror(errno)));
  return text;
}

using Result = tl::expected<ImportedJourney, std::string>;

/// Errors have the file before them, as those of a configuration.
Result ImportFile(const CommandLine& line, const std::string& path) {
  const std::string shown = path == "-" ? "standard input" : Escape(path);
  const auto text = ReadAll(path);
  if (!text) return tl::unexpected("gaikei: " + shown + ": " + text.error());
  auto journey = line.import_format == "har"
                     ? ImportHar(*text, {line.import_name, line.hosts, line.types, line.import_all})
                     : ImportCurlScript(*text, line.import_name);
  if (!journey) {
    const bool has_place = journey.error()[0] >= '1' && journey.error()[0] <= '9';
    return tl::unexpected(shown + (has_place ? ":" : ": ") + journey.error());
  }
  return journey;
}

Result Import(const CommandLine& line) {
  if (std::string why = WhyNoName(line.import_name); !why.empty()) {
    return tl::unexpected("gaikei: --name: " + why);
  }
  if (line.words.size() == 1) return ImportFile(line, line.words.front());
  auto journey = ImportCurlWords(line.words, line.import_name);
  if (!journey) return tl::unexpected("gaikei: " + journey.error());
  return journey;
}

}  // namespace

int RunImportCommand(const CommandLine& line) {
  const Result journey = Import(line);
  if (!journey) {
    std::fprintf(stderr, "%s\n", journey.error().c_str());
    return 2;
  }
  const std::string text = JourneyText(*journey);
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!is_written || std::fflush(stdout) != 0) {
    std::fprintf(stderr, "gaikei: standard output: %s\n", std::strerror(errno));
    return 2;
  }
  return 0;
}

}  // namespace gaikei
