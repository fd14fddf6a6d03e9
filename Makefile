# Tandem: two container images for Amazon SageMaker, and a local SageMaker to run them.

PYTHON ?= python3
ENGINE ?= auto
WORKERS ?= 4
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup charts demo pipeline local docs docs-links api lambda-layer test bench bench-picture attack check fix build build-analyzer build-preprocessor build-python build-service gpu-check build-xgboost base-image dist lock push clean

help:  ## show this page
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.complete  ## make .venv from requirements.lock (every other target does it when needed)

.venv/.complete: requirements.lock pyproject.toml $(wildcard containers/*/pyproject.toml containers/*/*/*/*/*.c) scripts/hatch_build.py $(wildcard scripts/charts/*)
	@command -v $(PYTHON) >/dev/null || { echo "There is no '$(PYTHON)': install Python 3.11 or newer, or name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) scripts/setup.py

charts: setup  ## bundle the charting library of the console, which needs npm
	@$(VENV)/python -m scripts.charts.build

demo: setup  ## house prices, raw records in, dollars out; ENGINE=auto|docker|process
	@$(VENV)/python -m examples.house_prices.run --engine $(ENGINE)

pipeline: setup  ## abalone from raw data to an approved model behind an endpoint; ENGINE=auto|docker|process
	@$(VENV)/python -m examples.abalone.mlops --engine $(ENGINE)

local: setup  ## the AWS API on this machine, until Ctrl-C; ENGINE=auto|docker|process [PORT=] [STATE=]
	@$(VENV)/local-sagemaker up --engine $(ENGINE) $(if $(PORT),--port $(PORT)) $(if $(STATE),--state $(STATE))

docs: setup  ## build the documentation site in build/site; SERVE=1 serves it and follows changes [PORT=]
	@$(VENV)/python -m scripts.site.build $(if $(SERVE),--serve) $(if $(PORT),--port $(PORT))

docs-links: setup  ## list the links of the pages that lead outside; CHECK=1 requests each of them
	@$(VENV)/python -m scripts.docs.links $(if $(CHECK),--check)

api: setup  ## build the SAM application in build/api: MODEL=path/model.tar.gz [FRONT=rest|http]
	@$(VENV)/python -m deploy.api.build $(MODEL) $(if $(FRONT),--front $(FRONT))

lambda-layer: setup  ## packages for Lambda, in build/lambda-layer: [LOCK=] [FOR=3.13] [MACHINE=arm64] [OUTPUT=]
	@$(VENV)/python -m scripts.lambda_layer $(if $(LOCK),--lock $(LOCK)) $(if $(FOR),--python $(FOR)) $(if $(MACHINE),--machine $(MACHINE)) $(if $(OUTPUT),--output $(OUTPUT))

test: setup  ## run every test, WORKERS=4 at a time; the Docker ones need `make build`
	@$(VENV)/pytest -n $(WORKERS) --no-loadscope-reorder

bench: setup  ## run the benchmarks; ONLY="name ..." chooses, ROUNDS=n; figures in build/bench
	@$(VENV)/python -m benchmarks $(ONLY) $(if $(ROUNDS),--rounds=$(ROUNDS))

bench-picture: setup  ## draw what `make bench` measured as docs/img/bench-load.svg
	@$(VENV)/python -m benchmarks.pages.load_chart

attack: setup  ## attack servers, trainings and `up` here; ONLY="name", SECONDS=, SEED=, ENGINE=docker, WRITE=1
	@$(VENV)/python -m benchmarks.attacks.runner $(if $(ONLY),"$(ONLY)") $(if $(SECONDS),--seconds=$(SECONDS)) $(if $(SEED),--seed=$(SEED)) $(if $(filter docker,$(ENGINE)),--engine=docker) $(if $(WRITE),--write)

check: setup  ## lint, format-check, type-check, and check spelling and wording
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/codespell
	$(VENV)/python -m scripts.docs.wording
	$(VENV)/mypy

fix: setup  ## apply automatic lint and format fixes
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

build: setup  ## build all images; BASE_IMAGE=... names another base, PLATFORM=linux/arm64
	@$(VENV)/python -m scripts.images.build $(FORM) $(BASE)

build-analyzer: setup  ## build the image tandem-analyzer: data and model quality, bias, explanations
	@$(VENV)/python -m scripts.images.build $(FORM) $(BASE) analyzer

build-preprocessor: setup  ## build the image tandem-preprocessor; SKLEARN=1.2 for older scripts
	@$(VENV)/python -m scripts.images.build $(FORM) $(BASE) preprocessor

build-python: setup  ## build the image tandem-python: scripts, processing jobs, any command
	@$(VENV)/python -m scripts.images.build $(FORM) $(BASE) python

build-service: setup  ## build the image tandem-service, which runs `local-sagemaker up` itself
	@$(VENV)/python -m scripts.release.service_image $(BASE)

gpu-check: setup  ## train and serve on a GPU beside the CPU, on a machine that has one; IMAGE=... builds none, CPU=1 checks the image without a GPU
	@$(VENV)/python -m scripts.gpu_check $(if $(IMAGE),--image=$(IMAGE)) $(if $(CPU),--without-gpu)

build-xgboost: setup  ## build the image tandem-xgboost; VARIANT=gpu with CUDA
	@$(VENV)/python -m scripts.images.build $(FORM) $(BASE) xgboost

FORM = $(if $(PLATFORM),--platform=$(PLATFORM)) $(if $(VARIANT)$(SKLEARN),--variant=$(or $(VARIANT),sklearn$(SKLEARN)))
BASE = $(if $(BASE_IMAGE),--base-image=$(BASE_IMAGE))

base-image:  ## make a base image from Debian's packages, where no registry of images is reached
	@$(PYTHON) -B -m scripts.images.base_image

dist: setup  ## build wheels of all packages and a source archive in dist/; PURE=1 without compiled libraries
	@$(VENV)/python -m scripts.release.wheels $(if $(PURE),--pure)

lock: setup  ## lock requirements again; UPGRADE=1 takes the newest versions
	@$(VENV)/python -m scripts.lock.update $(if $(UPGRADE),--upgrade)

push: setup  ## push the images; ACCOUNT= REGION= [PROFILE=], or REGISTRY=host:port; DRY_RUN=1
	@$(VENV)/python -m scripts.release.push $(ONLY) $(FORM) $(foreach name,ACCOUNT REGION PROFILE REGISTRY,$(if $($(name)),$(PUSH_$(name))=$($(name)))) $(if $(DRY_RUN),--dry-run)

PUSH_ACCOUNT := --account
PUSH_REGION := --region
PUSH_PROFILE := --profile
PUSH_REGISTRY := --registry

clean:  ## remove what make made: .venv, build and the caches
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
