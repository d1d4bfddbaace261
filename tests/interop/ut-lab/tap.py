"""TAP output."""

count = failed = 0


def check(right, text):
    global count, failed
    count += 1
    failed += 0 if right else 1
    print(f'{"ok" if right else "not ok"} {count} - {text}', flush=True)


def finish():
    print(f'1..{count}')
    return 1 if failed else 0
