#!/usr/bin/env python3
"""A bot for papo without packages: it answers "ping" with "pong NAME", and loses no line over a drop.

Usage: ping.py HOST[:PORT] NAME, with [IPV6]:PORT, or as for nc: ping.py HOST PORT NAME

The form of the lines is in docs/protocol.md, "Programs".
"""
import re
import socket
import sys
import time

*place, name = sys.argv[1:]
if len(place) == 2:
    host, port = place
else:
    host, colon, port = place[0].rpartition(":")
    is_ipv6 = ":" in host and not host.endswith("]")
    if is_ipv6 or not colon or not port.isdigit():
        host, port = place[0], 12345
host, port = host.strip("[]"), int(port)

key = None      # by which the place is taken over after a drop
last = {}       # room -> (epoch, number): its last line that was read
waiting = {}    # mark -> line: what was said and is not confirmed
marks = 0
refused = False  # the server knows the place no more, or does not take the name


def send(sock, line):
    sock.sendall(line.encode() + b"\n")


def say(sock, text):
    """Say a line once, however often it is sent."""
    global marks
    marks += 1
    waiting[str(marks)] = text
    send(sock, f"/once {marks} {text}")


def hear(sock, line):
    """One line: @TIME, perhaps #ROOM:NUMBER, and what was told."""
    global key, refused
    tagged = re.match(r"@(\d+) (?:#([^ :]+)(?::(\d+))? )?(.*)", line)
    if not tagged:
        refused = line.startswith("! ")
        return
    _, room, number, told = tagged.groups()
    if told.startswith("key "):
        key = told[4:]
    elif told.startswith("resumed "):
        for mark, text in waiting.items():
            send(sock, f"/once {mark} {text}")
    elif told.startswith("said "):
        waiting.pop(told[5:], None)
    elif told.startswith("! "):
        mark = told[2:].split(":")[0]
        print(f"{name}: {told[2:]}", file=sys.stderr)
        waiting.pop(mark, None)
    elif room and told.startswith("epoch "):
        last[room] = (told[6:], number)
    if room and number and room in last:
        last[room] = (last[room][0], max(number, last[room][1], key=int))
        ping = re.fullmatch(r"<([^>]+)> ping", told)
        if ping:
            say(sock, f"pong {ping[1]}")


def talk():
    global key
    with socket.create_connection((host, port), timeout=30) as sock:
        # Who is silent may still be there; the system notices a dead connection.
        sock.settimeout(None)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if key:
            places = " ".join(f"{room}:{epoch}:{number}" for room, (epoch, number) in last.items())
            send(sock, f"/resume {key} {places}")
        else:
            send(sock, "/tags on")
            send(sock, name)
        for line in sock.makefile(encoding="utf-8", errors="replace", newline="\n"):
            hear(sock, line.rstrip("\n"))
            if refused and key:
                key = None      # the next connection begins anew, and nobody waits for an answer of before
                waiting.clear()
                return
            if refused:
                sys.exit(f"{name}: {line.strip()}")


while True:
    try:
        talk()
    except OSError as error:
        print(f"{name}: {error}; trying again", file=sys.stderr)
    refused = False
    time.sleep(1)
