#pragma once

#include <optional>
#include <string>
#include <vector>

#include "probe/config/config.h"
#include "probe/logging.h"

namespace gaikei {

/// What every command takes.
struct CommonOptions {
  ConfigSources sources;              ///< -c, --region
  std::optional<std::string> output;  ///< -o; absent: text on a terminal, json elsewhere
  std::string color = "auto";         ///< auto, always, never
  LogOptions log;
};

/// A command line, read. Only the fields of its own command mean something.
struct CommandLine {
  /// "check", "once", "run", "validate", "init", "import", "spool", "demo", "selftest", "version",
  /// "help".
  std::string command;
  CommonOptions common;

  std::vector<std::string> targets;      ///< check
  CheckFlags flags;                      ///< check; `target` is left empty
  std::vector<std::string> resolve_via;  ///< check
  std::optional<unsigned> count;         ///< check: looks; absent: one
  std::optional<std::string> every;      ///< check: from one look to the next
  bool watch = false;                    ///< check: until a signal
  bool explain = false;                  ///< check: why each phase took what it took
  std::optional<std::string> deadline;   ///< once
  bool demo_once = false;                ///< demo
  std::optional<std::string> listen;     ///< demo
  std::optional<std::string> duration;   ///< selftest
  std::string path;                      ///< init: file to write; "-" standard output
  bool force = false;                    ///< init: overwrite
  std::string import_format;             ///< import: "har", "curl"
  std::string import_name = "imported";  ///< import: of the journey
  std::vector<std::string> words;        ///< import: a file, or the words of a curl command
  std::vector<std::string> hosts;        ///< import har: these alone
  std::vector<std::string> types;        ///< import har: these alone
  bool import_all = false;               ///< import har: images and their like too
  std::string spool_action;              ///< spool: "status", "dump", "check"
  std::string state_dir;               ///< spool: in place of the configuration's; empty: that one
  std::string upstream;                ///< spool dump: whose; empty: the only one there is
  std::optional<std::uint64_t> limit;  ///< spool dump: so many items
};

struct CliResult {
  std::optional<CommandLine> line;  ///< absent: the program ends at once
  int exit_code = 0;                ///< where `line` is absent
};

/// Reads the command line. Help goes to standard output, a complaint to standard error with exit
/// code 2.
CliResult ReadCommandLine(int argc, char** argv);

/// The page of `gaikei help COMMAND`; of the whole program where `command` is empty. Empty for a
/// command that is none.
std::string HelpText(const std::string& command);

}  // namespace gaikei
