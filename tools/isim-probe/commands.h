// The table of all commands. Each is in a file of its own: xxx_command.cpp.
#pragma once

#include "tools/isim-probe/command.h"

#include <span>

namespace ut::probe {

std::span<const Command> commands();

Run add_list(CLI::App& app, Settings& settings);
Run add_info(CLI::App& app, Settings& settings);
Run add_files(CLI::App& app, Settings& settings);
Run add_read(CLI::App& app, Settings& settings);
Run add_auth(CLI::App& app, Settings& settings);
Run add_gba(CLI::App& app, Settings& settings);
Run add_pin(CLI::App& app, Settings& settings);
Run add_apdu(CLI::App& app, Settings& settings);
Run add_watch(CLI::App& app, Settings& settings);
Run add_bench(CLI::App& app, Settings& settings);
Run add_record(CLI::App& app, Settings& settings);
Run add_replay(CLI::App& app, Settings& settings);
Run add_doctor(CLI::App& app, Settings& settings);

}  // namespace ut::probe
