from toolkit.extension import get_all_extensions_process_dict


class ExtensionJob:
    def __init__(self, raw: dict) -> None:
        self.raw_config, self.name = raw, raw["config"]["name"]
        kinds = get_all_extensions_process_dict()
        self.process = [kinds[one["type"]](i, self, one) for i, one in enumerate(raw["config"]["process"])]

    def run(self) -> None:
        for process in self.process:
            process.run()


def get_job(raw: dict) -> "ExtensionJob":
    return ExtensionJob(raw)


