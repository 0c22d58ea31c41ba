"""Writes a C program that declares once more what abi/ftpclient.json describes, for a compiler to compare with the header."""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    api = json.load(file)

print("#include <stddef.h>\n#include <stdint.h>\n#include <ftpclient.h>")


def parameters(item):
    return ", ".join(f"{it['type']} {it['name']}" for it in item["parameters"]) or "void"


def check(condition):
    print(f'_Static_assert({condition}, "{condition}");')


for function in api["functions"]:
    print(f"FTP_API {function['returns']} {function['name']}({parameters(function)});")
for callback in api["callbacks"]:
    print(f"typedef {callback['returns']} (*{callback['name']})({parameters(callback)});")
for constant in api["constants"]:
    # C has no literal for the least of all numbers.
    value = constant["value"]
    check(f"{constant['name']} == {value}" if value > -2**63 else f"{constant['name']} == {value + 1} - 1")
for enum in api["enums"]:
    for value in enum["values"]:
        check(f"{value['name']} == {value['value']}")
for handle in api["handles"]:
    print(f"typedef struct {handle['name']} {handle['name']};")
for struct in api["structs"]:
    print(f"struct described_{struct['name']} {{")
    for field in struct["fields"]:
        print(f"    {field['type']} {field['name']};")
    print("};")
    check(f"sizeof({struct['name']}) == sizeof(struct described_{struct['name']})")
    for field in struct["fields"]:
        name = field["name"]
        check(f"offsetof({struct['name']}, {name}) == offsetof(struct described_{struct['name']}, {name})")
        check(f"_Generic((({struct['name']} *)0)->{name}, {field['type']}: 1, default: 0)")
